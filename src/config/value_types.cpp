#include "config/value_types.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/suggest.h"

namespace haina {
namespace {

using Json = nlohmann::json;

// " from 0 to 1", ", 1 or more", " above 0 and below 0.9"
std::string range_text(const KeyRules& rules) {
  if (rules.min && rules.max) {
    return fmt::format(" from {} to {}", *rules.min, *rules.max);
  }
  if (rules.above && rules.below) {
    return fmt::format(" above {} and below {}", *rules.above, *rules.below);
  }
  return rules.min ? fmt::format(", {} or more", *rules.min) : "";
}

bool is_in_range(const KeyRules& rules, double number) {
  return !std::isnan(number) && (!rules.min || number >= *rules.min) && (!rules.max || number <= *rules.max) &&
         (!rules.above || number > *rules.above) && (!rules.below || number < *rules.below);
}

Json number_schema(const KeyRules& rules, const char* type) {
  Json schema = {{"type", type}};
  const auto bound = [&](const char* name, const std::optional<double>& limit) {
    if (limit) {
      schema[name] = std::string_view(type) == "integer" ? Json(static_cast<int64_t>(*limit)) : Json(*limit);
    }
  };
  bound("minimum", rules.min);
  bound("maximum", rules.max);
  bound("exclusiveMinimum", rules.above);
  bound("exclusiveMaximum", rules.below);
  return schema;
}

std::optional<double> number_in(const ConfigValue& value) {
  if (const auto* const whole = value.get<int64_t>()) {
    return static_cast<double>(*whole);
  }
  const auto* const number = value.get<double>();
  return number != nullptr ? std::optional(*number) : std::nullopt;
}

// Calls on_leaf(name, entry) for every value below a table, with the keys of inner tables joined by dots.
template <class OnLeaf>
Status for_each_leaf(const ConfigValue::Table& table, const std::string& prefix, OnLeaf on_leaf) {
  for (const ConfigEntry& entry : table) {
    const std::string name = prefix + entry.key;
    if (const auto* const inner = entry.value.get<ConfigValue::Table>()) {
      HAINA_OK(for_each_leaf(*inner, name + ".", on_leaf));
    } else {
      HAINA_OK(on_leaf(name, entry));
    }
  }
  return ok();
}

// One parameter, checked for its type alone: its name and range are checked by whoever has the list of parameters.
Result<Json> parameter(const KeyContext& context, const ConfigEntry& entry) {
  const bool is_name = context.rules.name_key != nullptr && entry.key == context.rules.name_key;
  if (const auto* const text = entry.value.get<std::string>(); is_name && text != nullptr) {
    return Json(*text);
  }
  if (const auto* const flag = entry.value.get<bool>(); !is_name && flag != nullptr) {
    return Json(*flag);
  }
  if (const auto number = number_in(entry.value); !is_name && number) {
    return Json(*number);
  }
  return fail({ErrorCode::kInvalidArgument,
               fmt::format("parameter '{}' in '{}' of {} cannot be {}", entry.key, context.key, context.section,
                           shown(entry.value)),
               entry.value.place, is_name ? "write a name in quotes" : "write a number, true or false"});
}

}  // namespace

tl::unexpected<Error> wrong_type(const KeyContext& context, const ConfigValue& value, const std::string& expected) {
  return fail({ErrorCode::kInvalidArgument,
               fmt::format("'{}' in {} is {}, not {}", context.key, context.section, shown(value), expected),
               value.place, "write " + expected});
}

tl::unexpected<Error> wrong_value(const KeyContext& context, const ConfigValue& value, const std::string& hint) {
  return fail({ErrorCode::kInvalidArgument,
               fmt::format("'{}' in {} cannot be {}", context.key, context.section, shown(value)), value.place, hint});
}

Status ValueType<bool>::read(const KeyContext& context, const ConfigValue& value, bool& into) {
  const auto* const flag = value.get<bool>();
  if (flag == nullptr) {
    return wrong_type(context, value, expected(context.rules));
  }
  into = *flag;
  return ok();
}

Status ValueType<int64_t>::read(const KeyContext& context, const ConfigValue& value, int64_t& into) {
  const auto* const number = value.get<int64_t>();
  if (number == nullptr) {
    return wrong_type(context, value, expected(context.rules));
  }
  if (!is_in_range(context.rules, static_cast<double>(*number))) {
    return wrong_value(context, value, "give " + expected(context.rules));
  }
  into = *number;
  return ok();
}

Json ValueType<int64_t>::schema(const KeyRules& rules) { return number_schema(rules, "integer"); }
std::string ValueType<int64_t>::expected(const KeyRules& rules) { return "a whole number" + range_text(rules); }

Status ValueType<double>::read(const KeyContext& context, const ConfigValue& value, double& into) {
  const std::optional<double> number = number_in(value);
  if (!number) {
    return wrong_type(context, value, expected(context.rules));
  }
  if (!is_in_range(context.rules, *number)) {
    return wrong_value(context, value, "give " + expected(context.rules));
  }
  into = *number;
  return ok();
}

Json ValueType<double>::schema(const KeyRules& rules) { return number_schema(rules, "number"); }
std::string ValueType<double>::expected(const KeyRules& rules) { return "a number" + range_text(rules); }

Status ValueType<std::string>::read(const KeyContext& context, const ConfigValue& value, std::string& into) {
  const auto* const text = value.get<std::string>();
  if (text == nullptr) {
    return wrong_type(context, value, expected(context.rules));
  }
  const std::vector<std::string>& allowed = context.rules.allowed;
  if (!allowed.empty() && *text != into && std::ranges::find(allowed, *text) == allowed.end()) {
    return wrong_value(context, value, did_you_mean(*text, allowed));
  }
  if (context.rules.required && text->empty()) {
    return wrong_value(context, value, fmt::format("write {} = \"…\"", context.key));
  }
  if (context.rules.check != nullptr) {
    HAINA_OK(context.rules.check(*text, value.place));
  }
  into = *text;
  return ok();
}

Json ValueType<std::string>::schema(const KeyRules& rules) {
  return rules.allowed.empty() ? Json{{"type", "string"}} : Json{{"enum", rules.allowed}};
}

std::string ValueType<std::string>::expected(const KeyRules& rules) {
  return rules.allowed.empty() ? "a string" : fmt::format("one of \"{}\"", fmt::join(rules.allowed, "\", \""));
}

Status ValueType<std::filesystem::path>::read(const KeyContext& context, const ConfigValue& value,
                                              std::filesystem::path& into) {
  const auto* const text = value.get<std::string>();
  if (text == nullptr) {
    return wrong_type(context, value, expected(context.rules));
  }
  HAINA_TRY(into, expand_environment(*text, value.place));
  return ok();
}

Status ValueType<std::vector<std::string>>::read(const KeyContext& context, const ConfigValue& value,
                                                 std::vector<std::string>& into) {
  if (const auto* const one = value.get<std::string>()) {
    into = {*one};
    return ok();
  }
  const auto* const list = value.get<ConfigValue::List>();
  if (list == nullptr) {
    return wrong_type(context, value, expected(context.rules));
  }
  std::vector<std::string> texts;
  for (const ConfigValue& element : *list) {
    const auto* const text = element.get<std::string>();
    if (text == nullptr) {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("'{}' in {} holds {}, not a string", context.key, context.section, shown(element)),
                   element.place, "write a list of strings, [\"a\", \"b\"]"});
    }
    texts.push_back(*text);
  }
  into = std::move(texts);
  return ok();
}

Json ValueType<std::vector<std::string>>::schema(const KeyRules&) {
  const Json text = {{"type", "string"}};
  return {{"anyOf", {text, {{"type", "array"}, {"items", text}}}}};
}

Status ValueType<std::map<std::string, std::string>>::read(const KeyContext& context, const ConfigValue& value,
                                                           Map& into) {
  const auto* const table = value.get<ConfigValue::Table>();
  if (table == nullptr) {
    return wrong_type(context, value, expected(context.rules));
  }
  Map texts;
  HAINA_OK(for_each_leaf(*table, "", [&](const std::string& name, const ConfigEntry& entry) -> Status {
    const std::vector<std::string>& allowed = context.rules.allowed;
    if (!allowed.empty() && std::ranges::find(allowed, name) == allowed.end()) {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("unknown key '{}' in '{}' of {}", name, context.key, context.section), entry.place,
                   did_you_mean(name, allowed)});
    }
    const auto* const text = entry.value.get<std::string>();
    if (text == nullptr) {
      return fail(
          {ErrorCode::kInvalidArgument,
           fmt::format("'{}.{}' in {} is {}, not a string", context.key, name, context.section, shown(entry.value)),
           entry.value.place, "write a string in quotes"});
    }
    texts[name] = *text;
    context.places[context.key + "." + name] = entry.value.place;
    return ok();
  }));
  into = std::move(texts);
  return ok();
}

Json ValueType<std::map<std::string, std::string>>::schema(const KeyRules& rules) {
  Json schema = {{"type", "object"}};
  for (const std::string& key : rules.allowed) {
    schema["properties"][key] = {{"type", "string"}};
  }
  schema["additionalProperties"] = rules.allowed.empty() ? Json{{"type", {"string", "object"}}} : Json(false);
  return schema;
}

std::string ValueType<std::map<std::string, std::string>>::expected(const KeyRules& rules) {
  return rules.allowed.empty() ? "a table of strings"
                               : fmt::format("a table of strings with the keys {}", fmt::join(rules.allowed, ", "));
}

Status ValueType<std::map<std::string, double>>::read(const KeyContext& context, const ConfigValue& value, Map& into) {
  const auto* const table = value.get<ConfigValue::Table>();
  if (table == nullptr) {
    return wrong_type(context, value, expected(context.rules));
  }
  Map numbers;
  HAINA_OK(for_each_leaf(*table, "", [&](const std::string& name, const ConfigEntry& entry) -> Status {
    const std::optional<double> number = number_in(entry.value);
    if (!number || !std::isfinite(*number)) {
      return fail(
          {ErrorCode::kInvalidArgument,
           fmt::format("'{}.{}' in {} is {}, not a number", context.key, name, context.section, shown(entry.value)),
           entry.value.place, fmt::format("write {} = {{ {} = 1.0 }}", context.key, name)});
    }
    numbers[name] = *number;
    context.places[context.key + "." + name] = entry.value.place;
    return ok();
  }));
  into = std::move(numbers);
  return ok();
}

Json ValueType<std::map<std::string, double>>::schema(const KeyRules&) {
  return {{"type", "object"}, {"additionalProperties", {{"type", "number"}}}};
}

Status ValueType<Json>::read(const KeyContext& context, const ConfigValue& value, Json& into) {
  const auto* const table = value.get<ConfigValue::Table>();
  if (table == nullptr) {
    return wrong_type(context, value, expected(context.rules));
  }
  Json parameters = Json::object();
  for (const ConfigEntry& entry : *table) {
    HAINA_TRY(parameters[entry.key], parameter(context, entry));
    context.places[context.key + "." + entry.key] = entry.value.place;
  }
  into = std::move(parameters);
  return ok();
}

Json ValueType<Json>::schema(const KeyRules&) {
  return {{"type", "object"}, {"additionalProperties", {{"type", {"number", "boolean"}}}}};
}

namespace {

Status read_param_tables(const KeyContext& context, const ConfigValue::Table& table, const std::string& prefix,
                         ParamTables& into) {
  for (const ConfigEntry& entry : table) {
    const std::string name = prefix + entry.key;
    const auto* const inner = entry.value.get<ConfigValue::Table>();
    if (inner == nullptr) {
      return fail(
          {ErrorCode::kInvalidArgument,
           fmt::format("'{}' in '{}' of {} is {}, not a table", name, context.key, context.section, shown(entry.value)),
           entry.value.place, fmt::format("write {} = {{ parameter = 1 }}", entry.key)});
    }
    Json parameters = Json::object();
    ConfigValue::Table deeper;
    for (const ConfigEntry& one : *inner) {
      if (one.value.get<ConfigValue::Table>() != nullptr) {
        deeper.push_back(one);
        continue;
      }
      HAINA_TRY(parameters[one.key], parameter(context, one));
      context.places[fmt::format("{}.{}.{}", context.key, name, one.key)] = one.value.place;
    }
    if (deeper.empty() || !parameters.empty()) {
      into[name] = std::move(parameters);
      context.places[context.key + "." + name] = entry.value.place;
    }
    HAINA_OK(read_param_tables(context, deeper, name + ".", into));
  }
  return ok();
}

}  // namespace

Status ValueType<ParamTables>::read(const KeyContext& context, const ConfigValue& value, ParamTables& into) {
  const auto* const table = value.get<ConfigValue::Table>();
  if (table == nullptr) {
    return wrong_type(context, value, expected(context.rules));
  }
  ParamTables tables;
  HAINA_OK(read_param_tables(context, *table, "", tables));
  into = std::move(tables);
  return ok();
}

Json ValueType<ParamTables>::schema(const KeyRules& rules) {
  Json parameters = {{"type", "object"}, {"additionalProperties", {{"type", {"number", "boolean", "object"}}}}};
  if (rules.name_key != nullptr) {
    parameters["properties"][rules.name_key] = {{"type", "string"}};
  }
  return {{"type", "object"}, {"additionalProperties", parameters}};
}

}  // namespace haina
