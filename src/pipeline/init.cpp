#include "pipeline/init.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <set>

#include "base/files.h"
#include "data/cells.h"
#include "data/delimited.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr size_t kLook = 1 << 20;  // bytes of a file that are looked at
constexpr size_t kRows = 2000;

struct Sample {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  Dialect dialect;
  bool typed = false;  // RecBole's "user_id:token"
};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::erase_if(text, [](char c) { return c == '_' || c == '-' || c == ' '; });
  return text;
}

bool is_number(const std::string& cell) { return parse_number(trimmed(cell)).has_value(); }

// The first rows of delimited text with a header; nothing where it has none.
std::optional<Sample> sample_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kLook, '\0');
  file.read(text.data(), static_cast<std::streamsize>(kLook));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() == kLook) {
    text.resize(text.rfind('\n') + 1);
  }
  if (text.find('\0') != std::string::npos || text.empty()) {
    return std::nullopt;
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.erase(0, 3);
  }
  Sample sample;
  sample.dialect = guess_dialect(text);
  scan_delimited(text, sample.dialect, [&](const DelimitedRow& row) {
    if (sample.header.empty()) {
      sample.header = row.cells;
    } else if (row.cells.size() == sample.header.size()) {
      sample.rows.push_back(row.cells);
    }
    return sample.rows.size() < kRows;
  });
  const bool names = std::ranges::none_of(sample.header, [](const std::string& h) { return h.empty() || is_number(h); });
  if (sample.header.size() < 2 || sample.rows.empty() || !names) {
    return std::nullopt;
  }
  static const std::set<std::string> types = {"token", "token_seq", "float", "float_seq"};
  sample.typed = std::ranges::all_of(sample.header, [](const std::string& h) {
    const size_t colon = h.find(':');
    return colon != std::string::npos && types.contains(h.substr(colon + 1));
  });
  return sample;
}

// Usual names of what a column can be.
std::string role_of(const std::string& header) {
  static const std::map<std::string, std::string> roles = {
      {"userid", "user"},     {"user", "user"},       {"uid", "user"},        {"customerid", "user"}, {"visitorid", "user"}, {"itemid", "item"},
      {"item", "item"},       {"movieid", "item"},    {"productid", "item"},  {"artistid", "item"},   {"sku", "item"},       {"asin", "item"},
      {"rating", "value"},    {"score", "value"},     {"value", "value"},     {"stars", "value"},     {"timestamp", "time"}, {"time", "time"},
      {"ts", "time"},         {"datetime", "time"},   {"date", "time"},       {"action", "action"},   {"event", "action"},   {"eventtype", "action"},
      {"weight", "weight"},   {"friendid", "other"},  {"friend", "other"},    {"followeeid", "other"},{"tagid", "tag"},      {"headid", "head"},
      {"relationid", "relation"}, {"tailid", "tail"}, {"entityid", "entity"}, {"tagvalue", "name"}};
  const auto found = roles.find(lower(header));
  return found == roles.end() ? "" : found->second;
}

// number | category | tags:SEP | text of a column of items or users.
std::string type_of(const Sample& sample, size_t column, const std::string& recbole_type) {
  std::set<std::string> distinct;
  int64_t filled = 0, numbers = 0, words = 0;
  std::map<char, int64_t> separated = {{'|', 0}, {';', 0}, {',', 0}};
  std::set<std::string> parts;
  for (const auto& row : sample.rows) {
    const std::string& cell = row[column];
    if (cell.empty()) {
      continue;
    }
    ++filled;
    distinct.insert(cell);
    numbers += is_number(cell) ? 1 : 0;
    words += 1 + std::ranges::count(cell, ' ');
    for (auto& [separator, count] : separated) {
      count += cell.find(separator) != std::string::npos ? 1 : 0;
    }
    for (size_t at = 0; at < cell.size();) {
      const size_t end = std::min(cell.find(' ', at), cell.size());
      parts.insert(cell.substr(at, end - at));
      at = end + 1;
    }
  }
  if (filled == 0) {
    return "category";
  }
  const double rows = static_cast<double>(filled);
  if (recbole_type == "float" || (recbole_type.empty() && static_cast<double>(numbers) > 0.95 * rows && distinct.size() > 12)) {
    return "number";
  }
  if (recbole_type == "token_seq" || recbole_type.empty()) {
    for (const auto& [separator, count] : separated) {
      if (separator != ',' && static_cast<double>(count) > 0.1 * rows) {
        return fmt::format("tags:{}", separator);
      }
    }
    // Few words that come again and again are tags; many different ones are text.
    if (recbole_type == "token_seq") {
      return static_cast<double>(parts.size()) < 0.2 * rows ? "tags: " : "text";
    }
    if (static_cast<double>(words) > 1.5 * rows && static_cast<double>(distinct.size()) > 0.5 * rows) {
      return "text";
    }
  }
  if (static_cast<double>(numbers) > 0.95 * rows && distinct.size() > 20) {
    return "number";
  }
  return "category";
}

std::string toml_string(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    result += c == '"' || c == '\\' ? std::string("\\") + c : c == '\t' ? "\\t" : std::string(1, c);
  }
  return result + "\"";
}

struct Guess {
  std::string kind, toml, line;
  bool has_time = false;
  std::string value_column;  // of ratings from 1 to 5
};

std::optional<Guess> guess_source(const fs::path& path, const fs::path& base, const std::string& name, std::vector<std::string>& doubts) {
  const std::optional<Sample> found = sample_of(path);
  if (!found) {
    return std::nullopt;
  }
  const Sample& sample = *found;
  std::map<std::string, std::string> roles;  // role -> header
  std::vector<std::pair<std::string, size_t>> others;
  for (size_t i = 0; i < sample.header.size(); ++i) {
    const std::string header = sample.typed ? sample.header[i].substr(0, sample.header[i].find(':')) : sample.header[i];
    const std::string role = role_of(header);
    if (!role.empty() && !roles.contains(role)) {
      roles[role] = header;
    } else {
      others.emplace_back(header, i);
    }
  }
  Guess guess;
  const auto has = [&](const char* role) { return roles.contains(role); };
  guess.kind = has("head") && has("tail")                      ? "links"
               : has("item") && has("entity")                  ? "links"
               : has("user") && has("other")                   ? "social"
               : has("user") && has("item")                    ? "events"
               : has("item")                                   ? "items"
               : has("user")                                   ? "users"
               : has("tag") && has("name")                     ? "values"
                                                               : "";
  if (guess.kind.empty()) {
    doubts.push_back(fmt::format("{}: no column looks like a user or an item; left out", path.filename().string()));
    return std::nullopt;
  }
  std::string columns;
  const auto add = [&](const std::string& key, const std::string& value) {
    const bool bare = std::ranges::all_of(key, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
    columns += fmt::format("{}{} = {}", columns.empty() ? "" : ", ", bare ? key : toml_string(key), toml_string(value));
  };
  for (const auto& [role, header] : roles) {
    // A table of items may have a column "rating" or "date" of its own: there it is a field.
    const bool entity = guess.kind == "items" || guess.kind == "users";
    if (entity && role != "item" && role != "user") {
      const size_t at = static_cast<size_t>(std::ranges::find_if(sample.header, [&](const std::string& h) { return h.substr(0, h.find(':')) == header || h == header; }) -
                                            sample.header.begin());
      others.emplace_back(header, at);
      doubts.push_back(fmt::format("{}: '{}' taken for a field", name, header));
      continue;
    }
    add(role, header);
    guess.has_time = guess.has_time || role == "time";
    if (role == "value" && guess.kind == "events") {
      double least = 1e9, most = -1e9;
      for (const auto& row : sample.rows) {
        for (size_t i = 0; i < row.size(); ++i) {
          if (sample.header[i] == header || sample.header[i].substr(0, sample.header[i].find(':')) == header) {
            const double value = parse_number(trimmed(row[i])).value_or(least);
            least = std::min(least, value);
            most = std::max(most, value);
          }
        }
      }
      guess.value_column = least >= 0 && most == 5 ? header : "";
    }
  }
  for (const auto& [header, index] : others) {
    if (guess.kind == "items" || guess.kind == "users") {
      const std::string recbole = sample.typed ? sample.header[index].substr(sample.header[index].find(':') + 1) : "";
      add(header, type_of(sample, index, recbole));
    } else {
      doubts.push_back(fmt::format("{}: column '{}' is not used", name, header));
    }
  }
  guess.toml = fmt::format("[[source]]\nname = {}\nkind = {}\npath = {}\ndelimiter = {}\n", toml_string(name), toml_string(guess.kind),
                           toml_string(fs::proximate(path, base).string()), toml_string(sample.dialect.delimiter));
  if (sample.typed) {
    guess.toml += "quote = \"none\"\n";
  }
  guess.toml += fmt::format("columns = {{ {} }}\n", columns);
  guess.line = fmt::format("{}: {}, delimiter {}, {}", path.filename().string(), guess.kind, toml_string(sample.dialect.delimiter), columns);
  return guess;
}

}  // namespace

Result<InitReport> run_init(const fs::path& path, const fs::path& out, Overwrite overwrite) {
  std::error_code code;
  if (fs::exists(out, code) && overwrite == Overwrite::kNo) {
    return fail({ErrorCode::kInvalidArgument, "the file exists", out.string(), "pass --force to overwrite it, or -c to write another"});
  }
  if (!fs::exists(path, code)) {
    errno = ENOENT;
    return fail(io_error(path, "cannot look at"));
  }
  std::vector<fs::path> files;
  if (fs::is_directory(path, code)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(path, code)) {
      if (entry.is_regular_file()) {
        files.push_back(entry.path());
      }
    }
    std::ranges::sort(files);
  } else {
    files.push_back(path);
  }
  const fs::path base = fs::absolute(out).parent_path();
  InitReport report;
  std::string sources;
  std::string goal;
  bool has_time = true;
  bool has_events = false;
  std::set<std::string> names;
  for (const fs::path& file : files) {
    const std::string extension = file.extension().string();
    const std::string stem = file.stem().string();
    std::string name = extension.size() > 1 && (extension == ".inter" || extension == ".item" || extension == ".user" || extension == ".kg" || extension == ".link")
                           ? extension.substr(1)
                           : stem;
    while (!names.insert(name).second) {
      name += "_2";
    }
    const auto guess = guess_source(fs::absolute(file), base, name, report.doubts);
    if (!guess) {
      report.lines.push_back(fmt::format("{}: left out", file.filename().string()));
      continue;
    }
    if (guess->kind == "events") {
      has_events = true;
      has_time = has_time && guess->has_time;
      if (!guess->value_column.empty()) {
        goal = fmt::format("goal = [{}]\n", toml_string(guess->value_column + " >= 4"));
        report.doubts.push_back(fmt::format("goal: '{}' looks like stars from 1 to 5, so 4 and more is what we want more of", guess->value_column));
      }
    }
    sources += guess->toml + "\n";
    report.lines.push_back(guess->line);
  }
  if (!has_events) {
    return fail({ErrorCode::kBadData, "no file with a user and an item column, so there are no events", path.string(),
                 "export a file with a header line such as user_id,item_id,timestamp, or write haina.toml by hand"});
  }
  const std::string project = fs::weakly_canonical(path, code).filename().string();
  report.toml = "# Written by haina init. What it doubted:\n";
  for (const std::string& doubt : report.doubts) {
    report.toml += "#   " + doubt + "\n";
  }
  report.toml += fmt::format("[project]\nname = {}\n{}\n{}[split]\nby = {}\n", toml_string(project), goal, sources, has_time ? "\"time\"" : "\"random\"");
  HAINA_OK(write_text(out, report.toml));
  return report;
}

}  // namespace haina
