#include "data/formats/json.h"

#include <fmt/format.h>

#include <deque>
#include <set>

#include "base/suggest.h"
#include "base/utf8.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr int kDeepest = 64;  // nested deeper is no record; it also bounds what parsing may cost
constexpr size_t kKnownNames = 200;

// Where a JSON text stands while it is walked byte by byte: inside a string, and how deep.
class Nesting {
 public:
  void step(char c) {
    if (in_string_) {
      in_string_ = escaped_ || c != '"';
      escaped_ = !escaped_ && c == '\\';
      return;
    }
    in_string_ = c == '"';
    depth_ += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    deepest_ = std::max(deepest_, depth_);
  }
  bool in_string() const { return in_string_; }
  int depth() const { return depth_; }
  int deepest() const { return deepest_; }

 private:
  bool in_string_ = false;
  bool escaped_ = false;
  int depth_ = 0;
  int deepest_ = 0;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// A scalar as a cell's text; nothing for lists and objects.
std::optional<std::string> text_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "";
    case Json::value_t::string:
      return value.get<std::string>();
    case Json::value_t::number_float:
      return fmt::format("{}", value.get<double>());  // 1.0 as "1", the id it stands for
    case Json::value_t::boolean:
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return value.dump();
    default:
      return std::nullopt;
  }
}

class JsonRows {
 public:
  explicit JsonRows(RowSink& sink) : sink_(sink), found_(sink.source().columns.size(), false) {}

  Status add(const RowPlace& place, const std::optional<std::string>& key) {
    if (!is_valid_utf8(place.raw)) {
      return sink_.refuse(place, "encoding", "is not valid UTF-8");
    }
    Nesting nesting;
    std::ranges::for_each(place.raw, [&](char c) { nesting.step(c); });
    if (nesting.deepest() > kDeepest) {
      return sink_.refuse(place, "json", fmt::format("nested deeper than {}", kDeepest));
    }
    const Json value = Json::parse(place.raw, nullptr, false);
    if (value.is_discarded()) {
      return sink_.refuse(place, "json", "is not valid JSON");
    }
    if (!value.is_object() && !wants_value()) {
      return sink_.refuse(place, "json", "is not an object");
    }
    texts_.clear();
    lists_.clear();
    std::vector<Cell> cells;
    const std::vector<ColumnConfig>& columns = sink_.source().columns;
    for (size_t i = 0; i < columns.size(); ++i) {
      auto cell = cell_of(columns[i].column, i, value, key);
      if (!cell) {
        return sink_.refuse(place, "json", fmt::format("column '{}': holds an object", columns[i].column));
      }
      cells.push_back(*cell);
    }
    for (auto name = value.begin(); value.is_object() && name != value.end() && known_.size() < kKnownNames; ++name) {
      known_.insert(name.key());
    }
    ++num_rows_;
    return sink_.add(place, cells, {});
  }

  // A column that no object has is a mistake of the configuration, not of the rows.
  Status finish(const std::string& file) const {
    for (size_t i = 0; num_rows_ > 0 && i < found_.size(); ++i) {
      if (!found_[i]) {
        const ColumnConfig& column = sink_.source().columns[i];
        const std::vector<std::string> known(known_.begin(), known_.end());
        return fail({ErrorCode::kBadData,
                     fmt::format("no object has '{}' (asked for at {})", column.column, column.place), file + ":1",
                     did_you_mean(column.column, known)});
      }
    }
    return ok();
  }

 private:
  bool wants_value() const {
    return std::ranges::any_of(sink_.source().columns,
                               [](const ColumnConfig& column) { return column.column == "#value"; });
  }

  // Nothing where the value is an object or a list that holds more than scalars.
  std::optional<Cell> cell_of(const std::string& name, size_t i, const Json& value,
                              const std::optional<std::string>& key) {
    if (name == "#key" && key) {
      found_[i] = true;
      return Cell{.text = texts_.emplace_back(*key), .parts = {}, .numbers = {}};
    }
    const Json* held = name == "#value" ? &value : nullptr;
    if (held == nullptr && value.is_object() && value.contains(name)) {
      held = &value[name];
    }
    if (held == nullptr) {
      return Cell{};
    }
    found_[i] = true;
    if (const auto text = text_of(*held)) {
      return Cell{.text = texts_.emplace_back(*text), .parts = {}, .numbers = {}, .typed = held->is_number()};
    }
    if (!held->is_array()) {
      return std::nullopt;
    }
    std::vector<std::string>& parts = lists_.emplace_back();
    for (const Json& part : *held) {
      const auto text = text_of(part);
      if (!text) {
        return std::nullopt;
      }
      parts.push_back(*text);
    }
    return Cell{.text = {}, .parts = parts, .numbers = {}, .is_list = true};
  }

  RowSink& sink_;
  std::vector<bool> found_;
  std::set<std::string> known_;
  int64_t num_rows_ = 0;
  std::deque<std::string> texts_;  // a deque, since cells point into it
  std::deque<std::vector<std::string>> lists_;
};

class JsonLinesReader final : public TextReader {
 public:
  JsonLinesReader(const std::string& file, RowSink& sink) : file_(file), rows_(sink) {}

  Result<size_t> read(std::string_view text, bool last) override {
    size_t at = 0;
    while (at < text.size()) {
      const size_t end = std::min(text.find('\n', at), text.size());
      if (end == text.size() && !last) {
        break;
      }
      const std::string_view row = text.substr(at, end - at);
      ++line_;
      if (!std::ranges::all_of(row, is_space)) {
        HAINA_OK(rows_.add({file_, line_, byte_ + static_cast<int64_t>(at), row}, std::nullopt));
      }
      at = std::min(end + 1, text.size());
    }
    byte_ += static_cast<int64_t>(at);
    return at;
  }

  Status finish() override { return rows_.finish(file_); }

 private:
  std::string file_;
  JsonRows rows_;
  int64_t line_ = 0, byte_ = 0;
};

}  // namespace

std::unique_ptr<TextReader> json_lines_reader(const std::string& file, RowSink& sink) {
  return std::make_unique<JsonLinesReader>(file, sink);
}

Status read_json_document(std::string_view text, const std::string& file, RowSink& sink) {
  size_t at = 0;
  int64_t line = 1;
  const auto skip_space = [&] {
    for (; at < text.size() && is_space(text[at]); ++at) {
      line += text[at] == '\n' ? 1 : 0;
    }
  };
  const auto broken = [&](const std::string& what) {
    return fail({ErrorCode::kBadData, what, fmt::format("{}:{}", file, line), "export the file again, whole"});
  };
  skip_space();
  if (at == text.size() || (text[at] != '[' && text[at] != '{')) {
    return broken("no JSON array or object begins here");
  }
  const char close = text[at] == '[' ? ']' : '}';
  ++at;
  // The end of the value that begins here, at a comma or bracket of the outermost level.
  const auto value_end = [&](char until) {
    Nesting nesting;
    size_t end = at;
    for (; end < text.size(); ++end) {
      const char c = text[end];
      if (!nesting.in_string() && nesting.depth() == 0 && (c == until || c == close || c == ',')) {
        break;
      }
      nesting.step(c);
    }
    return end;
  };
  JsonRows rows(sink);
  skip_space();
  while (at < text.size() && text[at] != close) {
    const int64_t first_line = line;
    std::optional<std::string> key;
    if (close == '}') {
      const size_t end = value_end(':');
      const std::string_view quoted = text.substr(at, end - at);
      const Json parsed =
          is_valid_utf8(quoted) && quoted.starts_with('"') ? Json::parse(quoted, nullptr, false) : Json();
      if (end == text.size() || text[end] != ':' || !parsed.is_string()) {
        return broken("a key in double quotes and a colon are wanted here");
      }
      key = parsed.get<std::string>();
      line += std::ranges::count(quoted, '\n');
      at = end + 1;
      skip_space();
    }
    const size_t end = value_end(',');
    if (end == text.size()) {
      line = first_line;
      return broken("the JSON ends in the middle of the element that begins here");
    }
    const std::string_view value = text.substr(at, end - at);
    HAINA_OK(rows.add({file, first_line, static_cast<int64_t>(at), value}, key));
    line += std::ranges::count(value, '\n');
    at = end + (text[end] == ',' ? 1 : 0);
    skip_space();
  }
  if (at == text.size()) {
    return broken("the JSON ends before its last bracket");
  }
  ++at;
  skip_space();
  if (at < text.size()) {
    return broken("text stands behind the end of the JSON");
  }
  return rows.finish(file);
}

bool looks_like_json_lines(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  const size_t second = text.find_first_not_of(" \t\r\n", first.size());
  return second != std::string_view::npos && text[second] == '{' && is_valid_utf8(first) &&
         Json::parse(first, nullptr, false).is_object();
}

}  // namespace haina
