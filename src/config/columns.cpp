#include "config/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/suggest.h"
#include "config/value_types.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr auto kRoles = std::to_array<ColumnWord>({{"user", "id of the user"},
                                                   {"item", "id of the item"},
                                                   {"value", "rating, count or amount of an event"},
                                                   {"time", "time of an event; a unit may follow: \"timestamp:ms\""},
                                                   {"action", "name of the action: view, buy, …"},
                                                   {"weight", "weight of an event or of a pair"},
                                                   {"other", "the second user of a pair, or the second item"},
                                                   {"tag", "tag that the user gave to the item"},
                                                   {"head", "first entity of a triple"},
                                                   {"relation", "relation of a triple"},
                                                   {"tail", "last entity of a triple"},
                                                   {"entity", "entity of a knowledge graph that an item stands for"},
                                                   {"name", "name of an item, a tag or an entity"}});
constexpr auto kTypes = std::to_array<ColumnWord>(
    {{"number", "a number"},
     {"category", "one of some values"},
     {"tags", "several values; a separator may follow: \"tags:|\""},
     {"text", "words"},
     {"vector", "numbers of one embedding; a separator may follow: \"vector: \""},
     {"context", "circumstance of an event, such as the device; also context = [\"a\", \"b\"]"}});
constexpr auto kUnits =
    std::to_array<ColumnWord>({{"s", "seconds since 1970"},
                               {"ms", "milliseconds since 1970"},
                               {"us", "microseconds since 1970"},
                               {"ns", "nanoseconds since 1970"},
                               {"iso", "a written date: ISO 8601, or any with the year first or the month as a word"},
                               {"d.m.y", "a written date, the day before the month: 14.11.2023, 14/11/23 22:13"},
                               {"m/d/y", "a written date, the month before the day: 11/14/2023 10:13 PM"},
                               {"yyyymmdd", "a date of digits alone: 20231114, 20231114221320"},
                               {"excel", "days since the end of 1899, as spreadsheets count: 45244.926"}});

bool has(std::span<const ColumnWord> words, std::string_view name) {
  return std::ranges::find(words, name, &ColumnWord::name) != words.end();
}

// "tags:|" as "tags" and "|".
std::pair<std::string, std::string> cut_at_colon(const std::string& text) {
  const size_t colon = text.find(':');
  return colon == std::string::npos ? std::pair{text, std::string()}
                                    : std::pair{text.substr(0, colon), text.substr(colon + 1)};
}

Result<ColumnConfig> role_column(const std::string& role, const std::string& text, const std::string& place) {
  ColumnConfig column = {.column = text, .role = role, .type = "", .separator = "", .place = place};
  const size_t colon = text.rfind(':');
  if (role == "time" && colon != std::string::npos && has(kUnits, text.substr(colon + 1))) {
    column.column = text.substr(0, colon);
    column.type = text.substr(colon + 1);
  }
  return column;
}

Result<ColumnConfig> field_column(const std::string& name, const std::string& text, const std::string& place) {
  const auto [type, separator] = cut_at_colon(text);
  if (!has(kTypes, type)) {
    std::vector<std::string> known;
    for (const ColumnWord& word : kTypes) {
      known.emplace_back(word.name);
    }
    return fail({ErrorCode::kInvalidArgument, fmt::format("column '{}' has the unknown type '{}'", name, type), place,
                 did_you_mean(type, known)});
  }
  return ColumnConfig{.column = name, .role = "", .type = type, .separator = separator, .place = place};
}

Status add_context_columns(const ConfigValue::List& names, std::vector<ColumnConfig>& columns) {
  for (const ConfigValue& element : names) {
    const auto* const name = element.get<std::string>();
    if (name == nullptr) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("a context column is {}, not a string", shown(element)),
                   element.place, "write context = [\"device\", \"os\"]"});
    }
    columns.push_back({.column = *name, .role = "", .type = "context", .separator = "", .place = element.place});
  }
  return ok();
}

}  // namespace

std::span<const ColumnWord> column_roles() { return kRoles; }
std::span<const ColumnWord> column_types() { return kTypes; }
std::span<const ColumnWord> time_units() { return kUnits; }

std::string role_or_name(const ColumnConfig& column) { return column.role.empty() ? column.column : column.role; }

Status ValueType<std::vector<ColumnConfig>>::read(const KeyContext& context, const ConfigValue& value,
                                                  std::vector<ColumnConfig>& into) {
  const auto* const table = value.get<ConfigValue::Table>();
  if (table == nullptr) {
    return wrong_type(context, value, expected(context.rules));
  }
  std::vector<ColumnConfig> columns;
  for (const ConfigEntry& entry : *table) {
    if (const auto* const names = entry.value.get<ConfigValue::List>(); entry.key == "context" && names != nullptr) {
      HAINA_OK(add_context_columns(*names, columns));
      continue;
    }
    const auto* const text = entry.value.get<std::string>();
    if (text == nullptr || text->empty()) {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("column '{}' in {} cannot be {}", entry.key, context.section, shown(entry.value)),
                   entry.value.place, "write ROLE = \"header\" (user, item, value, time, …) or header = \"type\""});
    }
    HAINA_TRY(ColumnConfig column, has(kRoles, entry.key) ? role_column(entry.key, *text, entry.value.place)
                                                          : field_column(entry.key, *text, entry.value.place));
    columns.push_back(std::move(column));
  }
  into = std::move(columns);
  return ok();
}

Json ValueType<std::vector<ColumnConfig>>::to_json(const std::vector<ColumnConfig>& columns) {
  Json json = Json::object();
  for (const ColumnConfig& column : columns) {
    const std::string& suffix = column.role.empty() ? column.separator : column.type;
    const std::string& text = column.role.empty() ? column.type : column.column;
    if (column.role.empty() && column.type == "context") {
      json["context"].push_back(column.column);
    } else {
      json[role_or_name(column)] = suffix.empty() ? text : text + ":" + suffix;
    }
  }
  return json;
}

Json ValueType<std::vector<ColumnConfig>>::schema(const KeyRules&) {
  Json schema = {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
  for (const ColumnWord& role : kRoles) {
    schema["properties"][std::string(role.name)] = {{"type", "string"}, {"description", std::string(role.doc)}};
  }
  schema["properties"]["context"] = {
      {"anyOf", {{{"type", "string"}}, {{"type", "array"}, {"items", {{"type", "string"}}}}}}};
  return schema;
}

}  // namespace haina
