#include "config/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/log.h"
#include "base/suggest.h"
#include "config/value_types.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr auto kRoles = std::to_array<ColumnWord>(
    {{"user", "id of the user"},
     {"item", "id of the item; a separator may follow where a cell holds several: \"items:;\""},
     {"value",
      "rating, count or amount of an event; numbers that stand for no value may follow: \"rating:none=-1,99\""},
     {"time", "time of an event; a unit may follow: \"timestamp:ms\""},
     {"action", "name of the action: view, buy, …"},
     {"weight", "weight of an event or of a pair"},
     {"other", "the second user of a pair, or the second item"},
     {"tag", "tag that the user gave to the item"},
     {"head", "first entity of a triple"},
     {"relation", "relation of a triple"},
     {"tail", "last entity of a triple"},
     {"entity", "entity of a knowledge graph that an item stands for"},
     {"name", "name of an item, a tag or an entity"},
     {"order", "id of the order that an event or an order belongs to"}});
constexpr auto kTypes = std::to_array<ColumnWord>(
    {{"number", "a number"},
     {"category", "one of some values"},
     {"date", "a date or time in any form; a unit may follow: \"date:ms\""},
     {"tags", "several values; a separator may follow: \"tags:|\"; \"tags:list\" is \"['a', 'b']\" or \"a, b\""},
     {"text", "words"},
     {"vector", "numbers of one embedding; a separator may follow: \"vector: \", or \"vector:list\""},
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

// "; " and "list" separate items; "token" of a typed header does not.
bool is_separator(const std::string& text) {
  return text == "list" || (!text.empty() && std::ranges::all_of(text, [](char c) {
           return static_cast<unsigned char>(c) < 0x80 && std::isalnum(static_cast<unsigned char>(c)) == 0;
         }));
}

// "rating:none=-1" as "rating" and "-1".
constexpr std::string_view kNone = ":none=";

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// The numbers between commas; nothing where one of them is none.
std::optional<std::vector<double>> numbers_of(std::string_view list) {
  std::vector<double> numbers;
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    const std::optional<double> number = number_of(list.substr(at, end - at));
    if (!number) {
      return std::nullopt;
    }
    numbers.push_back(*number);
    at = end + 1;
  }
  return numbers;
}

Result<ColumnConfig> role_column(const std::string& role, const std::string& text, const std::string& place) {
  ColumnConfig column = {.column = text, .role = role, .type = "", .separator = "", .place = place};
  if (const size_t none = text.rfind(kNone); role == "value" && none != std::string::npos && none > 0) {
    column.column = text.substr(0, none);
    column.separator = text.substr(none + kNone.size());
    if (!numbers_of(column.separator)) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' holds no numbers after none=", text), place,
                   "write value = \"rating:none=-1\", or several with commas"});
    }
  }
  if (role == "name" && has(kTypes, cut_at_colon(text).first)) {  // a field of that name was meant
    log_warning(fmt::format("{}: '{}' is a role, so this reads the column headed '{}'\n  hint: write {} = \"HEADER\"",
                            place, role, text, role));
  }
  const size_t colon = text.rfind(':');
  const std::string unit = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (role == "time" && has(kUnits, unit)) {
    column.column = text.substr(0, colon);
    column.type = unit;
  } else if (role == "item" && colon != 0 && is_separator(unit)) {
    column.column = text.substr(0, colon);
    column.separator = unit;
  }
  return column;
}

// Names that people give to columns of a role, and the role.
constexpr auto kRoleWords = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"rating", "value"},      {"score", "value"},     {"stars", "value"}, {"count", "value"},
     {"quantity", "value"},    {"timestamp", "time"},  {"date", "time"},   {"event", "action"},
     {"event_type", "action"}, {"behavior", "action"}, {"userid", "user"}, {"user_id", "user"},
     {"customer", "user"},     {"uid", "user"},        {"itemid", "item"}, {"item_id", "item"},
     {"product", "item"},      {"product_id", "item"}, {"movie", "item"},  {"friend", "other"},
     {"trustee", "other"},     {"followee", "other"},  {"tags", "tag"}});

// How columns are written, with what was probably meant: "columns: ROLE = header, or header = type. Roles: user, …".
std::string role_hint(const std::string& name, const std::string& text) {
  std::string roles;
  for (const ColumnWord& role : kRoles) {
    roles += fmt::format("{}{}", roles.empty() ? "" : ", ", role.name);
  }
  const std::string lower = ascii_lower(name);
  const auto meant = std::ranges::find(kRoleWords, lower, &decltype(kRoleWords)::value_type::first);
  const std::string write = meant == kRoleWords.end() ? "" : fmt::format("write {} = \"{}\"? ", meant->second, text);
  return fmt::format("{}columns: ROLE = \"header\", or header = \"type\"; roles: {}", write, roles);
}

Result<ColumnConfig> field_column(const std::string& name, const std::string& text, const std::string& place) {
  const auto [type, separator] = cut_at_colon(text);
  if (type.starts_with('#')) {  // a place without a header, where only a role can name it
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is no role, so '{}' cannot be {}", name, name, text),
                 place, role_hint(name, text)});
  }
  if (!has(kTypes, type)) {
    std::vector<std::string> known;
    for (const ColumnWord& word : kTypes) {
      known.emplace_back(word.name);
    }
    return fail({ErrorCode::kInvalidArgument, fmt::format("column '{}' has the unknown type '{}'", name, type), place,
                 fmt::format("{}; {}", did_you_mean(type, known), role_hint(name, text))});
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

std::vector<double> no_values(const ColumnConfig& column) {
  return column.role != "value" || column.separator.empty()
             ? std::vector<double>()
             : numbers_of(column.separator).value_or(std::vector<double>());
}

Status fields_named_like_roles(SourceConfig& source) {
  const bool entity = source.kind == SourceKind::kItems || source.kind == SourceKind::kUsers;
  for (ColumnConfig& column : source.columns) {
    const bool role = column.role == "user" || column.role == "item" || column.role == "name" || column.role.empty();
    if (entity && !role && has(kRoles, column.role)) {
      const std::string type =
          column.role == "time" && !column.type.empty() ? column.column + ":" + column.type : column.column;
      HAINA_TRY(column, field_column(column.role, type, column.place));
    }
  }
  return ok();
}

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
    if (column.role == "where") {
      continue;  // of the key `where`
    }
    const std::string suffix = column.role == "value" && !column.separator.empty() ? "none=" + column.separator
                               : column.role.empty() || column.role == "item"      ? column.separator
                                                                                   : column.type;
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
