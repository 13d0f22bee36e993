#include "data/formats/json_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/suggest.h"
#include "base/utf8.h"
#include "data/formats/json_paths.h"
#include "data/formats/number_text.h"

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
      return number_text(value.get<double>());  // 1.0 as "1", which is the same id
    case Json::value_t::boolean:
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return value.dump();
    default:
      return std::nullopt;
  }
}

// For previews and cells of text: an object or a list of lists as JSON.
std::string cell_text(const Json& value) { return scalar_text(value).value_or(value.dump()); }

// Lists of lists have no records: [[{…}, {…}], [{…}]] is read as if it were [{…}, {…}, {…}].
bool holds_records(const Json& value) {
  return value.is_array() && !value.empty() &&
         std::ranges::all_of(value, [](const Json& element) { return element.is_object() || holds_records(element); });
}

}  // namespace

JsonText text_at_path(const Json& record, const std::string& path) {
  const JsonFound found = find_json(record, path);
  JsonText text = {.found = !found.values.empty(), .is_list = found.in_list};
  if (!text.found) {
    return text;
  }
  const Json& first = *found.values.front();
  if (!found.in_list && !first.is_array()) {
    text.text = cell_text(first);
    text.typed = first.is_number();
    text.has_objects = first.is_object();
    return text;
  }
  text.is_list = true;
  for (const Json* const held : found.values) {
    for (const Json& element : held->is_array() ? *held : Json::array({*held})) {
      text.has_objects = text.has_objects || element.is_structured();
      if (!element.is_null()) {
        text.elements.push_back(cell_text(element));
      }
    }
  }
  return text;
}

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
  return add_value(place, value, key);
}

Status JsonRows::add_value(const RowPlace& place, const Json& value, const std::optional<std::string>& key) {
  if (!value.is_object() && !wants_value()) {
    if (!holds_records(value)) {
      return sink_.reject(place, "json", "is not an object");
    }
    for (const Json& element : value) {
      HAINA_OK(add_value(place, element, key));
    }
    return ok();
  }
  texts_.clear();
  lists_.clear();
  std::vector<Cell> cells;
  const std::vector<ColumnConfig>& columns = sink_.source().columns;
  const bool wanted = std::ranges::all_of(columns, [&](const ColumnConfig& column) {
    return column.role != "where" || text_at_path(value, column.column).text == column.type;
  });
  if (!wanted) {
    return ok();  // a record of another kind
  }
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

// Nothing if an id or the like is an object, or a list with objects in it.
std::optional<Cell> JsonRows::cell_of(const std::string& name, size_t i, const Json& value,
                                      const std::optional<std::string>& key) {
  if (name == "#key" && key) {
    found_[i] = true;
    return Cell{.text = texts_.emplace_back(*key)};
  }
  JsonText text = text_at_path(value, name == "#value" ? "" : name);
  if (!text.found) {
    return Cell{};
  }
  found_[i] = true;
  if (text.has_objects && !sink_.source().columns[i].role.empty()) {
    return std::nullopt;
  }
  if (text.is_list) {
    return Cell{.elements = lists_.emplace_back(std::move(text.elements)), .is_list = true};
  }
  return Cell{.text = texts_.emplace_back(std::move(text.text)), .typed = text.typed};
}

// The row's cell in that column, which is added if it is new.
std::string& JsonPreview::cell(const std::string& name, std::vector<std::string>& row, size_t& column) {
  const auto [found, added] = places_.emplace(name, preview_.columns.size());
  if (added) {
    preview_.columns.push_back({.name = name});
  }
  column = found->second;
  row.resize(preview_.columns.size());
  return row[column];
}

// Adds an element to a list: its cell's text is its elements with blanks between.
void JsonPreview::put_element(const std::string& name, const Json& value, std::vector<std::string>& row) {
  size_t place = 0;
  std::string& text = cell(name, row, place);
  PreviewColumn& column = preview_.columns[place];
  column.list = ListKind::kWords;  // finish() knows the numbers
  if (value.is_number_float()) {
    floats_.insert(name);
  } else if (!value.is_number()) {
    words_.insert(name);
  }
  column.lists.resize(preview_.rows.size() + 1);
  column.lists.back().push_back(cell_text(value));
  text += (text.empty() ? "" : " ") + cell_text(value);
}

void JsonPreview::put(const std::string& name, const Json& value, std::vector<std::string>& row) {
  if (value.is_array()) {
    size_t place = 0;
    cell(name, row, place);
    for (const Json& element : value) {
      if (!element.is_null()) {
        put_element(name, element, row);
      }
    }
    return;
  }
  size_t place = 0;
  cell(name, row, place) = cell_text(value);
}

void JsonPreview::put_leaves(const std::string& name, const Json& value, std::vector<std::string>& row) {
  for_each_leaf(name, value, [&](const std::string& path, const Json& leaf, bool in_list) {
    if (in_list && !leaf.is_array()) {
      put_element(path, leaf, row);
    } else {
      put(path, leaf, row);
    }
  });
}

void JsonPreview::add_object(const Json& object, std::vector<std::string> row) {
  put_leaves("", object, row);
  preview_.rows.push_back(std::move(row));
}

void JsonPreview::add_members(const Members& members) {
  std::vector<std::string> row;
  for (const auto& [name, value] : members) {
    put_leaves(name, value, row);
  }
  preview_.rows.push_back(std::move(row));
}

void JsonPreview::add_value(const Json& value) {
  if (value.is_object()) {
    add_object(value);
  } else if (holds_records(value)) {
    for (const Json& element : value) {
      add_value(element);
    }
  }
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
  for (PreviewColumn& column : preview_.columns) {
    column.lists.resize(column.list == ListKind::kNone ? 0 : preview_.rows.size());
    if (column.list == ListKind::kWords && floats_.contains(column.name) && !words_.contains(column.name)) {
      column.list = ListKind::kNumbers;
    }
  }
  return ok();
}

}  // namespace haina
