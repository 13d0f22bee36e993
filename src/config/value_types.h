// How a value of each C++ type is read from haina.toml or JSON, written as JSON, and described. A new member type of a
// section needs one specialization of ValueType here.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "config/config_value.h"
#include "config/named_enum.h"

namespace haina {

// What a key allows beyond its type, and how it is found.
struct KeyRules {
  std::optional<double> min = {}, max = {};      // of numbers, inclusive
  std::optional<double> above = {}, below = {};  // of numbers, exclusive
  std::vector<std::string> allowed = {};         // strings: the values; tables of strings: the keys. Empty: any
  Status (*check)(const std::string& text, const std::string& place) = nullptr;  // of strings
  const char* name_key = nullptr;  // tables of parameters: the one key that holds a name instead of a number
  const char* old_name = nullptr;  // the key's name before; accepted for one release
  bool required = false;
};

// What a reader needs beside the value.
struct KeyContext {
  const std::string& section;  // "[train]"
  const std::string& key;      // "experts"
  const KeyRules& rules;
  std::map<std::string, std::string>& places;  // gets the places of nested keys, "experts.ials.factors"
};

// "'seed' in [train] is not a whole number", at the value's place.
tl::unexpected<Error> wrong_type(const KeyContext& context, const ConfigValue& value, const std::string& expected);
// "'device' in [train] cannot be 'cuba'", with the hint.
tl::unexpected<Error> wrong_value(const KeyContext& context, const ConfigValue& value, const std::string& hint);

// Parameters of experts, encoders and the network.
using ParamTables = std::map<std::string, nlohmann::json>;

// Each specialization has: read(), which leaves `into` as it was on failure or fills it; to_json(); schema(), the JSON
// Schema of the value; expected(), a phrase for errors and the reference page.
template <class T>
struct ValueType;

template <>
struct ValueType<bool> {
  static Status read(const KeyContext& context, const ConfigValue& value, bool& into);
  static nlohmann::json to_json(bool value) { return value; }
  static nlohmann::json schema(const KeyRules&) { return {{"type", "boolean"}}; }
  static std::string expected(const KeyRules&) { return "true or false"; }
};

template <>
struct ValueType<int64_t> {
  static Status read(const KeyContext& context, const ConfigValue& value, int64_t& into);
  static nlohmann::json to_json(int64_t value) { return value; }
  static nlohmann::json schema(const KeyRules& rules);
  static std::string expected(const KeyRules& rules);
};

// Narrower integers: the rules must keep the value in their range.
template <class T>
  requires(std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, int64_t>)
struct ValueType<T> : ValueType<int64_t> {
  static Status read(const KeyContext& context, const ConfigValue& value, T& into) {
    int64_t number = 0;
    HAINA_OK(ValueType<int64_t>::read(context, value, number));
    into = static_cast<T>(number);
    return ok();
  }
  static nlohmann::json to_json(T value) { return value; }
};

template <>
struct ValueType<double> {
  static Status read(const KeyContext& context, const ConfigValue& value, double& into);
  static nlohmann::json to_json(double value) { return value; }
  static nlohmann::json schema(const KeyRules& rules);
  static std::string expected(const KeyRules& rules);
};

template <>
struct ValueType<std::string> {
  static Status read(const KeyContext& context, const ConfigValue& value, std::string& into);
  static nlohmann::json to_json(const std::string& value) { return value; }
  static nlohmann::json schema(const KeyRules& rules);
  static std::string expected(const KeyRules& rules);
};

// A folder; ${NAME} is replaced by the environment's variable.
template <>
struct ValueType<std::filesystem::path> {
  static Status read(const KeyContext& context, const ConfigValue& value, std::filesystem::path& into);
  static nlohmann::json to_json(const std::filesystem::path& value) { return value.string(); }
  static nlohmann::json schema(const KeyRules&) { return {{"type", "string"}}; }
  static std::string expected(const KeyRules&) { return "a folder"; }
};

// A list of strings, or one string.
template <>
struct ValueType<std::vector<std::string>> {
  static Status read(const KeyContext& context, const ConfigValue& value, std::vector<std::string>& into);
  static nlohmann::json to_json(const std::vector<std::string>& value) { return value; }
  static nlohmann::json schema(const KeyRules& rules);
  static std::string expected(const KeyRules&) { return "a string or a list of strings"; }
};

template <NamedEnum E>
struct ValueType<E> {
  static KeyRules with_names(KeyRules rules) {
    rules.allowed = names_of<E>();
    return rules;
  }
  static Status read(const KeyContext& context, const ConfigValue& value, E& into) {
    const KeyRules rules = with_names(context.rules);
    std::string name(to_string(into));
    HAINA_OK(ValueType<std::string>::read({context.section, context.key, rules, context.places}, value, name));
    into = *parse_enum<E>(name);
    return ok();
  }
  static nlohmann::json to_json(E value) { return std::string(to_string(value)); }
  static nlohmann::json schema(const KeyRules& rules) { return ValueType<std::string>::schema(with_names(rules)); }
  static std::string expected(const KeyRules& rules) { return ValueType<std::string>::expected(with_names(rules)); }
};

template <class T>
struct ValueType<std::optional<T>> {
  static Status read(const KeyContext& context, const ConfigValue& value, std::optional<T>& into) {
    T inner = {};
    HAINA_OK(ValueType<T>::read(context, value, inner));
    into = inner;
    return ok();
  }
  static nlohmann::json to_json(const std::optional<T>& value) {
    return value ? ValueType<T>::to_json(*value) : nlohmann::json();
  }
  static nlohmann::json schema(const KeyRules& rules) { return ValueType<T>::schema(rules); }
  static std::string expected(const KeyRules& rules) { return ValueType<T>::expected(rules); }
};

// { user = "users.json" }. Dotted keys without quotes are joined: movies.year = "median" is "movies.year".
template <>
struct ValueType<std::map<std::string, std::string>> {
  using Map = std::map<std::string, std::string>;
  static Status read(const KeyContext& context, const ConfigValue& value, Map& into);
  static nlohmann::json to_json(const Map& value) { return value; }
  static nlohmann::json schema(const KeyRules& rules);
  static std::string expected(const KeyRules& rules);
};

// { view = 0.1, buy = 5 }
template <>
struct ValueType<std::map<std::string, double>> {
  using Map = std::map<std::string, double>;
  static Status read(const KeyContext& context, const ConfigValue& value, Map& into);
  static nlohmann::json to_json(const Map& value) { return value; }
  static nlohmann::json schema(const KeyRules& rules);
  static std::string expected(const KeyRules&) { return "a table of numbers"; }
};

// Parameters: numbers, true or false.
template <>
struct ValueType<nlohmann::json> {
  static Status read(const KeyContext& context, const ConfigValue& value, nlohmann::json& into);
  static nlohmann::json to_json(const nlohmann::json& value) { return value; }
  static nlohmann::json schema(const KeyRules& rules);
  static std::string expected(const KeyRules&) { return "a table of parameters"; }
};

// A table of parameters per name. Dotted names without quotes are joined: [train.experts.content.movies.genres] is
// "content.movies.genres".
template <>
struct ValueType<ParamTables> {
  static Status read(const KeyContext& context, const ConfigValue& value, ParamTables& into);
  static nlohmann::json to_json(const ParamTables& value) { return value; }
  static nlohmann::json schema(const KeyRules& rules);
  static std::string expected(const KeyRules&) { return "a table of parameters per name"; }
};

template <>
struct ValueType<std::vector<ColumnConfig>> {
  static Status read(const KeyContext& context, const ConfigValue& value, std::vector<ColumnConfig>& into);
  static nlohmann::json to_json(const std::vector<ColumnConfig>& columns);
  static nlohmann::json schema(const KeyRules& rules);
  static std::string expected(const KeyRules&) { return "a table of columns"; }
};

}  // namespace haina
