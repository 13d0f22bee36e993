#include "data/formats/json_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/suggest.h"
#include "base/utf8.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr int kDeepest = 64;  // bounds what parsing costs; records of users and items are flat
constexpr size_t kKnownNames = 200;

// A scalar as a cell's text; nothing for lists and objects.
std::optional<std::string> scalar_text(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "";
    case Json::value_t::string:
      return value.get<std::string>();
    case Json::value_t::number_float:
      return fmt::format("{}", value.get<double>());  // 1.0 as "1", which is the same id
    case Json::value_t::boolean:
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return value.dump();
    default:
      return std::nullopt;
  }
}

// For previews: a list is its elements with blanks between.
std::string preview_text(const Json& value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (value.is_array()) {
    std::string text;
    for (const Json& element : value) {
      text += (text.empty() ? "" : " ") + preview_text(element);
    }
    return text;
  }
  return value.is_null() ? "" : value.dump();
}

}  // namespace

bool is_json_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void JsonNesting::step(char c) {
  if (in_string_) {
    in_string_ = escaped_ || c != '"';
    escaped_ = !escaped_ && c == '\\';
    return;
  }
  in_string_ = c == '"';
  depth_ += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
  deepest_ = std::max(deepest_, depth_);
}

Status JsonRows::add(const RowPlace& place, const std::optional<std::string>& key) {
  if (!is_valid_utf8(place.raw)) {
    return sink_.reject(place, "encoding", "is not valid UTF-8");
  }
  JsonNesting nesting;
  std::ranges::for_each(place.raw, [&](char c) { nesting.step(c); });
  if (nesting.deepest() > kDeepest) {
    return sink_.reject(place, "json", fmt::format("nested deeper than {}", kDeepest));
  }
  const Json value = Json::parse(place.raw, nullptr, false);
  if (value.is_discarded()) {
    return sink_.reject(place, "json", "is not valid JSON");
  }
  if (!value.is_object() && !wants_value()) {
    return sink_.reject(place, "json", "is not an object");
  }
  texts_.clear();
  lists_.clear();
  std::vector<Cell> cells;
  const std::vector<ColumnConfig>& columns = sink_.source().columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    auto cell = cell_of(columns[i].column, i, value, key);
    if (!cell) {
      return sink_.reject(place, "json", fmt::format("column '{}': holds an object", columns[i].column));
    }
    cells.push_back(*cell);
  }
  for (auto name = value.begin(); value.is_object() && name != value.end() && known_.size() < kKnownNames; ++name) {
    known_.insert(name.key());
  }
  ++num_rows_;
  return sink_.add(place, cells, {});
}

Status JsonRows::finish(const std::string& file) const {
  for (size_t i = 0; num_rows_ > 0 && i < found_.size(); ++i) {
    if (!found_[i]) {
      const ColumnConfig& column = sink_.source().columns[i];
      const std::vector<std::string> known(known_.begin(), known_.end());
      return fail({ErrorCode::kBadData, fmt::format("no object has '{}' (named at {})", column.column, column.place),
                   file + ":1", did_you_mean(column.column, known)});
    }
  }
  return ok();
}

bool JsonRows::wants_value() const {
  return std::ranges::any_of(sink_.source().columns,
                             [](const ColumnConfig& column) { return column.column == "#value"; });
}

// Nothing if the value is an object, or a list that holds more than scalars.
std::optional<Cell> JsonRows::cell_of(const std::string& name, size_t i, const Json& value,
                                      const std::optional<std::string>& key) {
  if (name == "#key" && key) {
    found_[i] = true;
    return Cell{.text = texts_.emplace_back(*key)};
  }
  const Json* held = name == "#value" ? &value : nullptr;
  if (held == nullptr && value.is_object() && value.contains(name)) {
    held = &value[name];
  }
  if (held == nullptr) {
    return Cell{};
  }
  found_[i] = true;
  if (const auto text = scalar_text(*held)) {
    return Cell{.text = texts_.emplace_back(*text), .typed = held->is_number()};
  }
  if (!held->is_array()) {
    return std::nullopt;
  }
  std::vector<std::string>& elements = lists_.emplace_back();
  for (const Json& element : *held) {
    const auto text = scalar_text(element);
    if (!text) {
      return std::nullopt;
    }
    elements.push_back(*text);
  }
  return Cell{.elements = elements, .is_list = true};
}

void JsonPreview::put(const std::string& name, const Json& value, std::vector<std::string>& row) {
  const auto [found, added] = places_.emplace(name, preview_.columns.size());
  if (added) {
    preview_.columns.push_back({.name = name});
  }
  if (value.is_array() && !value.empty()) {
    preview_.columns[found->second].list = value.front().is_number_float() ? ListKind::kNumbers : ListKind::kWords;
  }
  row.resize(preview_.columns.size());
  row[found->second] = preview_text(value);
}

void JsonPreview::add_object(const Json& object, std::vector<std::string> row) {
  for (const auto& [key, value] : object.items()) {
    put(key, value, row);
  }
  preview_.rows.push_back(std::move(row));
}

void JsonPreview::add_keyed(const std::string& key, const Json& value) {
  std::vector<std::string> row;
  put("#key", key, row);
  if (value.is_object()) {
    add_object(value, std::move(row));
  } else {
    put("#value", value, row);
    preview_.rows.push_back(std::move(row));
  }
}

Status JsonPreview::finish(const FileStart& start) {
  if (preview_.rows.empty()) {
    return fail(not_readable(start, "no JSON object can be read"));
  }
  for (std::vector<std::string>& row : preview_.rows) {
    row.resize(preview_.columns.size());
  }
  return ok();
}

}  // namespace haina
