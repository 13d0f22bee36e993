#include "config/config.h"

#include <fmt/format.h>

#include <stdexcept>

// toml++ asserts what a malformed file can break ("[[a={" does), and in a release build would go on regardless: here it
// throws.
[[noreturn]] static void refuse_toml() { throw std::logic_error("the TOML cannot be read"); }
#undef NDEBUG
#define TOML_ASSERT(expression) ((expression) ? void() : refuse_toml())
#include <toml++/toml.h>

#include <array>
#include <cstdlib>
#include <limits>
#include <regex>
#include <set>

#include "base/device.h"
#include "base/files.h"
#include "base/suggest.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

const std::set<std::string> kRoles = {"user", "item", "value",    "time", "action", "weight", "other",
                                      "tag",  "head", "relation", "tail", "entity", "name"};
const std::set<std::string> kTypes = {"number", "category", "tags", "text", "vector", "context"};

// Reads one table: every key is asked for by name, and finish() answers those that nobody asked for.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string file, std::string name)
      : table_(table), file_(std::move(file)), name_(std::move(name)) {}

  std::string place(const toml::node& node) const {
    return fmt::format("{}:{}:{}", file_, node.source().begin.line, node.source().begin.column);
  }
  std::string place() const { return place(table_); }

  template <class T>
  Status read(const char* key, T& into, const char* expected) {
    const toml::node* const node = take(key);
    if (node == nullptr) {
      return ok();
    }
    if constexpr (std::is_same_v<T, double>) {
      if (node->is_number()) {
        into = *node->value<double>();
        return ok();
      }
    } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      if (node->is_integer()) {
        into = static_cast<T>(*node->value<int64_t>());
        return ok();
      }
    } else {
      if (const auto value = node->value_exact<T>()) {
        into = *value;
        return ok();
      }
    }
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' in {} is not {}", key, name_, expected), place(*node),
                 fmt::format("write {}", expected)});
  }

  Status read_list(const char* key, std::vector<std::string>& into) {
    const toml::node* const node = take(key);
    if (node == nullptr) {
      return ok();
    }
    if (const auto one = node->value<std::string>(); one && node->is_string()) {
      into = {*one};
      return ok();
    }
    if (const toml::array* const list = node->as_array()) {
      into.clear();
      for (const toml::node& element : *list) {
        if (!element.is_string()) {
          return fail({ErrorCode::kInvalidArgument,
                       fmt::format("'{}' in {} holds something that is not a string", key, name_), place(element),
                       "write a list of strings, [\"a\", \"b\"]"});
        }
        into.push_back(*element.value<std::string>());
      }
      return ok();
    }
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' in {} is not a list", key, name_), place(*node),
                 "write a list of strings, [\"a\", \"b\"]"});
  }

  Result<const toml::table*> read_table(const char* key) {
    const toml::node* const node = take(key);
    if (node == nullptr) {
      return nullptr;
    }
    if (const toml::table* const table = node->as_table()) {
      return table;
    }
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' in {} is not a table", key, name_), place(*node),
                 "write { key = value, … }"});
  }

  const toml::node* take(const char* key) {
    known_.emplace_back(key);
    return table_.get(key);
  }

  Status finish() const {
    for (const auto& [key, node] : table_) {
      const std::string name(key.str());
      if (std::ranges::find(known_, name) == known_.end()) {
        return fail({ErrorCode::kInvalidArgument, fmt::format("unknown key '{}' in {}", name, name_),
                     fmt::format("{}:{}:{}", file_, key.source().begin.line, key.source().begin.column),
                     did_you_mean(name, known_)});
      }
    }
    return ok();
  }

  const std::string& file() const { return file_; }

 private:
  const toml::table& table_;
  std::string file_, name_;
  std::vector<std::string> known_;
};

// A field's "tags:|", a role's "timestamp:ms".
std::pair<std::string, std::string> cut_at_colon(const std::string& text) {
  const size_t colon = text.find(':');
  return colon == std::string::npos ? std::pair{text, std::string()}
                                    : std::pair{text.substr(0, colon), text.substr(colon + 1)};
}

Status read_columns(const toml::table& table, TableReader& reader, std::vector<ColumnConfig>& columns) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const std::string where = reader.place(node);
    if (name == "context" && node.is_array()) {
      for (const toml::node& element : *node.as_array()) {
        const auto column = element.value<std::string>();
        if (!column) {
          return fail({ErrorCode::kInvalidArgument, "a context column is not a string", reader.place(element),
                       "write context = [\"device\", \"os\"]"});
        }
        columns.push_back(
            {.column = *column, .role = "", .type = "context", .separator = "", .place = reader.place(element)});
      }
      continue;
    }
    const auto text = node.value<std::string>();
    if (!text || text->empty()) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("column '{}' is not a string", name), where,
                   "write ROLE = \"header\" (user, item, value, time, …) or header = \"type\""});
    }
    if (kRoles.contains(name)) {
      ColumnConfig column = {.column = *text, .role = name, .type = "", .separator = "", .place = where};
      static const std::set<std::string> units = {"s", "ms", "us", "ns", "iso"};
      if (const auto [header, unit] = cut_at_colon(*text); name == "time" && units.contains(unit)) {
        column.column = header;
        column.type = unit;
      }
      columns.push_back(std::move(column));
      continue;
    }
    const auto [type, separator] = cut_at_colon(*text);
    if (!kTypes.contains(type)) {
      const std::vector<std::string> known(kTypes.begin(), kTypes.end());
      return fail({ErrorCode::kInvalidArgument, fmt::format("column '{}' has the unknown type '{}'", name, type), where,
                   did_you_mean(type, known)});
    }
    columns.push_back({.column = name, .role = "", .type = type, .separator = separator, .place = where});
  }
  return ok();
}

Status read_source_table(const toml::table& table, const std::string& file, SourceConfig& source) {
  TableReader reader(table, file, "[[source]]");
  source.place = reader.place();
  std::string kind;
  std::string part;
  HAINA_OK(reader.read("name", source.name, "a string"));
  HAINA_OK(reader.read("kind", kind, "a string"));
  HAINA_OK(reader.read("path", source.path, "a string"));
  for (const auto& [key, into] :
       std::initializer_list<std::pair<const char*, std::string*>>{{"format", &source.format},
                                                                   {"delimiter", &source.delimiter},
                                                                   {"header", &source.header},
                                                                   {"quote", &source.quote},
                                                                   {"encoding", &source.encoding},
                                                                   {"decimal", &source.decimal},
                                                                   {"action", &source.action},
                                                                   {"of", &source.of},
                                                                   {"part", &part}}) {
    HAINA_OK(reader.read(key, *into, "a string"));
  }
  HAINA_OK(reader.read("max_rejects", source.max_rejects, "a number from 0 to 1"));
  HAINA_TRY(const toml::table* const ids, reader.read_table("ids"));
  if (ids != nullptr) {
    for (const auto& [key, node] : *ids) {
      const auto path = node.value<std::string>();
      if (!path || (key.str() != "user" && key.str() != "item")) {
        return fail({ErrorCode::kInvalidArgument, "ids maps user or item to a file", reader.place(node),
                     "write ids = { item = \"map.json\" }"});
      }
      source.ids[std::string(key.str())] = *path;
    }
  }
  HAINA_TRY(const toml::table* const columns, reader.read_table("columns"));
  if (columns != nullptr) {
    HAINA_OK(read_columns(*columns, reader, source.columns));
  }
  HAINA_OK(reader.finish());
  for (const auto& [key, value] :
       {std::pair{"name", source.name}, std::pair{"kind", kind}, std::pair{"path", source.path}}) {
    if (value.empty()) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("a [[source]] has no {}", key), source.place,
                   fmt::format("write {} = \"…\"", key)});
    }
  }
  const auto found = std::ranges::find_if(kSourceKinds, [&](const auto& k) { return kind == k.first; });
  if (found == kSourceKinds.end()) {
    std::vector<std::string> known;
    for (const auto& k : kSourceKinds) {
      known.emplace_back(k.first);
    }
    return fail({ErrorCode::kInvalidArgument, fmt::format("unknown kind '{}'", kind), reader.place(*table.get("kind")),
                 did_you_mean(kind, known)});
  }
  source.kind = found->second;
  const std::vector<std::string> parts = {"all", "train", "validation", "test", "negatives"};
  const auto part_found = std::ranges::find(parts, part.empty() ? "all" : part);
  if (part_found == parts.end()) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("unknown part '{}'", part), reader.place(*table.get("part")),
                 did_you_mean(part, parts)});
  }
  source.part = static_cast<Part>(part_found - parts.begin());
  if (source.action.empty()) {
    source.action = source.name;
  }
  return ok();
}

Status read_align(const toml::table& table, const std::string& file, AlignConfig& align) {
  TableReader reader(table, file, "[[align]]");
  align.place = reader.place();
  std::string side = "item";
  HAINA_OK(reader.read("side", side, "\"item\" or \"user\""));
  HAINA_OK(reader.read("source", align.source, "a string"));
  HAINA_OK(reader.read("to", align.to, "a string"));
  HAINA_OK(reader.read("by", align.by, "\"key\" or \"title\""));
  HAINA_OK(reader.read("column", align.column, "a string"));
  HAINA_OK(reader.read("to_column", align.to_column, "a string"));
  HAINA_OK(reader.read("year", align.year, "a string"));
  HAINA_OK(reader.read("to_year", align.to_year, "a string"));
  HAINA_OK(reader.read("threshold", align.threshold, "a number from 0 to 1"));
  HAINA_OK(reader.finish());
  if ((side != "item" && side != "user") || (align.by != "key" && align.by != "title") || align.source.empty() ||
      align.to.empty()) {
    return fail({ErrorCode::kInvalidArgument,
                 "an [[align]] needs source, to, side = \"item\" | \"user\" and by = \"key\" | \"title\"", align.place,
                 "for example: source = \"catalogue\", to = \"movies\", by = \"title\", column = \"name\", to_column = "
                 "\"title\""});
  }
  align.side = side == "user" ? Side::kUser : Side::kItem;
  return ok();
}

Status read_clean(const toml::table& table, const std::string& file, CleanConfig& clean) {
  TableReader reader(table, file, "[clean]");
  clean.place = reader.place();
  HAINA_OK(reader.read("drop_duplicates", clean.drop_duplicates, "true or false"));
  HAINA_OK(reader.read("duplicate_seconds", clean.duplicate_seconds, "a number of seconds"));
  HAINA_OK(reader.read("flood_per_minute", clean.flood_per_minute, "a number"));
  HAINA_OK(reader.read("outlier_z", clean.outlier_z, "a number"));
  HAINA_OK(reader.read("min_user_events", clean.min_user_events, "a whole number"));
  HAINA_OK(reader.read("min_item_events", clean.min_item_events, "a whole number"));
  HAINA_OK(reader.read("earliest", clean.earliest, "a date such as \"1970-01-02\""));
  HAINA_TRY(const toml::table* const impute, reader.read_table("impute"));
  if (impute != nullptr) {
    for (const auto& [key, node] : *impute) {
      const auto rule = node.value<std::string>();
      if (!rule) {
        return fail({ErrorCode::kInvalidArgument, "an imputation rule is not a string", reader.place(node),
                     "write median, mean, mode, unknown or a value"});
      }
      clean.impute[std::string(key.str())] = *rule;
    }
  }
  return reader.finish();
}

Status read_split(const toml::table& table, const std::string& file, SplitConfig& split) {
  TableReader reader(table, file, "[split]");
  split.place = reader.place();
  HAINA_OK(reader.read("by", split.by, "a string"));
  HAINA_OK(reader.read("test", split.test, "a share between 0 and 1"));
  HAINA_OK(reader.read("validation", split.validation, "a share between 0 and 1"));
  HAINA_OK(reader.read("validation_by", split.validation_by, "a string"));
  HAINA_OK(reader.read("seed", split.seed, "a whole number"));
  HAINA_OK(reader.finish());
  const std::vector<std::string> ways = {"", "random", "one", "leave_last", "latest"};
  if (std::ranges::find(ways, split.validation_by) == ways.end()) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("unknown validation_by '{}'", split.validation_by),
                 split.place, did_you_mean(split.validation_by, ways)});
  }
  if (!split.validation_by.empty() && split.by != "files") {
    return fail(
        {ErrorCode::kInvalidArgument,
         fmt::format("validation_by belongs to by = \"files\": by = \"{}\" holds out validation by its own rule",
                     split.by),
         split.place, "take validation_by out"});
  }
  for (const double share : {split.test, split.validation}) {
    if (!(share > 0 && share < 0.9)) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("a share of {} cannot be held out", share), split.place,
                   "give a share between 0 and 0.9"});
    }
  }
  return ok();
}

nlohmann::json numbers_of(const toml::table& table) {
  nlohmann::json numbers = nlohmann::json::object();
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (node.is_boolean()) {
      numbers[name] = *node.value<bool>();
    } else if (node.is_number()) {
      numbers[name] = *node.value<double>();
    } else {
      numbers[name] = nullptr;  // answered by Params::merge
    }
  }
  return numbers;
}

Status read_train(const toml::table& table, const std::string& file, TrainConfig& train) {
  TableReader reader(table, file, "[train]");
  train.place = reader.place();
  HAINA_OK(reader.read("seed", train.seed, "a whole number"));
  HAINA_OK(reader.read("threads", train.threads, "a whole number"));
  HAINA_OK(reader.read("network", train.network, "a string"));
  HAINA_OK(reader.read("device", train.device, "\"auto\", \"cpu\" or \"cuda\""));
  HAINA_OK(reader.read("metric", train.metric, "\"ndcg@10\", \"recall@50\""));
  HAINA_OK(reader.read("among", train.among, "a whole number"));
  HAINA_OK(reader.read_list("without", train.without));
  HAINA_TRY(const toml::table* const experts, reader.read_table("experts"));
  if (experts != nullptr) {
    for (const auto& [key, node] : *experts) {
      if (!node.is_table()) {
        return fail({ErrorCode::kInvalidArgument, fmt::format("expert '{}' is not a table", key.str()),
                     reader.place(node), "write [train.experts.NAME] with its parameters below"});
      }
      train.experts[std::string(key.str())] = numbers_of(*node.as_table());
    }
  }
  HAINA_TRY(const toml::table* const network_params, reader.read_table("network_params"));
  if (network_params != nullptr) {
    train.network_params = numbers_of(*network_params);
  }
  HAINA_OK(reader.finish());
  const std::vector<std::string> networks = {"auto", "set", "sequence", "none"};
  if (std::ranges::find(networks, train.network) == networks.end()) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("unknown network '{}'", train.network), train.place,
                 did_you_mean(train.network, networks)});
  }
  if (std::ranges::find(device_names(), train.device) == device_names().end()) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("unknown device '{}'", train.device), train.place,
                 did_you_mean(train.device, device_names())});
  }
  static const std::regex kMetric("(ndcg|recall)@[1-9][0-9]{0,3}");
  if (train.among < 0) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("among is {}", train.among), train.place,
                 "give the number of items that a held-out one is ranked among, 0 for the whole catalogue"});
  }
  if (!std::regex_match(train.metric, kMetric)) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is no metric to choose by", train.metric), train.place,
                 "write metric = \"ndcg@10\" or \"recall@50\""});
  }
  return ok();
}

Status read_rule(const toml::table& table, const std::string& file, RuleConfig& rule) {
  TableReader reader(table, file, "[[rule]]");
  rule.place = reader.place();
  HAINA_OK(reader.read("name", rule.name, "a string"));
  HAINA_OK(reader.read("do", rule.effect, "filter, boost, pin or quota"));
  HAINA_OK(reader.read("field", rule.field, "a string"));
  HAINA_OK(reader.read_list("is", rule.is));
  for (const auto& [key, into] : {std::pair{"above", &rule.above}, std::pair{"below", &rule.below}}) {
    double bound = std::numeric_limits<double>::quiet_NaN();
    HAINA_OK(reader.read(key, bound, "a number"));
    *into = bound == bound ? std::optional(bound) : std::nullopt;
  }
  HAINA_OK(reader.read("fresh", rule.fresh, "true or false"));
  HAINA_OK(reader.read("item", rule.item, "a string"));
  HAINA_OK(reader.read("position", rule.position, "a whole number"));
  HAINA_OK(reader.read("by", rule.by, "a number"));
  HAINA_OK(reader.read("at_least", rule.at_least, "a whole number"));
  HAINA_OK(reader.read("at_most", rule.at_most, "a whole number"));
  HAINA_OK(reader.finish());
  return check_rule(rule);
}

Status read_serve(const toml::table& table, const std::string& file, ServeConfig& serve) {
  TableReader reader(table, file, "[serve]");
  serve.place = reader.place();
  HAINA_OK(reader.read("diversity", serve.diversity, "a number from 0 to 1"));
  HAINA_OK(reader.read("category", serve.category, "a field such as \"movies.genres\""));
  HAINA_OK(reader.read("most_of_a_category", serve.most_of_a_category, "a whole number"));
  HAINA_OK(reader.read("history", serve.history, "a whole number"));
  HAINA_TRY(const toml::table* const worth, reader.read_table("worth"));
  for (const auto& [action, node] : worth != nullptr ? *worth : toml::table()) {
    const double value = node.value<double>().value_or(std::numeric_limits<double>::quiet_NaN());
    if (!node.is_number() || !std::isfinite(value)) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("the worth of '{}' is not a number", action.str()),
                   reader.place(node), "write worth = { view = 0.1, buy = 5 }"});
    }
    serve.worth[std::string(action.str())] = value;
  }
  HAINA_OK(reader.finish());
  if (serve.history < 1) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("history is {}", serve.history), serve.place,
                 "give the number of live events that are held of a user, at least 1"});
  }
  if (!(serve.diversity >= 0 && serve.diversity <= 1) || serve.most_of_a_category < 0) {
    return fail({ErrorCode::kInvalidArgument, "diversity lies outside 0 to 1, or a limit below 0", serve.place,
                 "write diversity = 0.2"});
  }
  return ok();
}

// Every table of an array of tables.
template <class T, class Read>
Status read_all(TableReader& root, const toml::table& table, const char* key, std::vector<T>& into, Read read) {
  const toml::node* const node = root.take(key);
  if (node == nullptr) {
    return ok();
  }
  if (!node->is_array_of_tables()) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is not a list of tables", key), root.place(table),
                 fmt::format("write [[{}]]", key)});
  }
  for (const toml::node& element : *node->as_array()) {
    T one;
    HAINA_OK(read(*element.as_table(), root.file(), one));
    into.push_back(std::move(one));
  }
  return ok();
}

}  // namespace

Result<Config> load_config(const fs::path& path) {
  std::error_code code;
  Config config;
  config.file = fs::is_directory(path, code) ? path / "haina.toml" : path;
  config.folder = config.file.has_parent_path() ? config.file.parent_path() : fs::path(".");
  Result<std::string> text = read_text(config.file);
  if (!text) {
    Error error = text.error();
    error.mend =
        error.code == ErrorCode::kNotFound ? "run haina init PATH first, or name the file with -c" : error.mend;
    return fail(error);
  }
  const std::string file = config.file.string();
  toml::table table;
  try {
    table = toml::parse(*text, file);
  } catch (const toml::parse_error& e) {
    return fail({ErrorCode::kInvalidArgument, std::string(e.description()),
                 fmt::format("{}:{}:{}", file, e.source().begin.line, e.source().begin.column),
                 "correct the TOML there"});
  } catch (const std::logic_error& e) {
    return fail({ErrorCode::kInvalidArgument, e.what(), file, "check brackets and keys, or start from haina init"});
  }
  TableReader root(table, file, "haina.toml");
  HAINA_TRY(const toml::table* const project, root.read_table("project"));
  if (project != nullptr) {
    TableReader reader(*project, file, "[project]");
    HAINA_OK(reader.read("name", config.name, "a string"));
    HAINA_OK(reader.read_list("goal", config.goal));
    std::string out;
    HAINA_OK(reader.read("out", out, "a folder"));
    HAINA_TRY(config.out, expand_environment(out, reader.place()));
    HAINA_OK(reader.finish());
  }
  HAINA_OK(read_all(root, table, "source", config.sources, read_source_table));
  HAINA_OK(read_all(root, table, "align", config.align, read_align));
  const auto part = [&](const char* key, auto read, auto& into) -> Status {
    HAINA_TRY(const toml::table* const found, root.read_table(key));
    return found == nullptr ? ok() : read(*found, file, into);
  };
  config.clean.place = config.split.place = config.train.place = config.serve.place = file;
  HAINA_OK(part("clean", read_clean, config.clean));
  HAINA_OK(part("split", read_split, config.split));
  HAINA_OK(part("train", read_train, config.train));
  HAINA_OK(part("serve", read_serve, config.serve));
  HAINA_OK(read_all(root, table, "rule", config.serve.rules, read_rule));
  HAINA_OK(root.finish());
  if (config.sources.empty()) {
    return fail(
        {ErrorCode::kInvalidArgument, "no [[source]]", file, "run haina init PATH, or write a [[source]] table"});
  }
  std::set<std::string> names;
  for (const SourceConfig& source : config.sources) {
    if (!names.insert(source.name).second) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("two sources are called '{}'", source.name), source.place,
                   "give each source its own name"});
    }
  }
  return config;
}

Result<std::string> expand_environment(const std::string& text, const std::string& where) {
  std::string expanded;
  for (size_t i = 0; i < text.size();) {
    const size_t end = text.compare(i, 2, "${") == 0 ? text.find('}', i) : std::string::npos;
    if (end == std::string::npos) {
      expanded += text[i++];
      continue;
    }
    const std::string name = text.substr(i + 2, end - i - 2);
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("the environment has no variable '{}'", name), where,
                   fmt::format("export {}=…", name)});
    }
    expanded += value;
    i = end + 1;
  }
  return expanded;
}

std::string role_or_name(const ColumnConfig& column) { return column.role.empty() ? column.column : column.role; }

}  // namespace haina
