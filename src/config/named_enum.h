// Names of an enum's values, as users write them. An enum E with a function enum_names(E), declared beside it, gets
// to_string(), parse_enum(), names_of() and the name as its JSON form.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace haina {

template <class E>
struct EnumName {
  std::string_view name;
  E value;
  std::string_view doc;  // one line for the reference page
};

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E value) { std::span<const EnumName<E>>(enum_names(value)); };

template <NamedEnum E>
constexpr std::string_view to_string(E value) {
  for (const EnumName<E>& entry : enum_names(value)) {
    if (entry.value == value) {
      return entry.name;
    }
  }
  return {};
}

template <NamedEnum E>
constexpr std::optional<E> parse_enum(std::string_view name) {
  for (const EnumName<E>& entry : enum_names(E{})) {
    if (entry.name == name) {
      return entry.value;
    }
  }
  return std::nullopt;
}

template <NamedEnum E>
std::vector<std::string> names_of() {
  std::vector<std::string> names;
  for (const EnumName<E>& entry : enum_names(E{})) {
    names.emplace_back(entry.name);
  }
  return names;
}

// Found by nlohmann::json through argument-dependent lookup: {"split", config.split.by} holds "time", not a number.
template <NamedEnum E>
void to_json(nlohmann::json& json, E value) {
  json = std::string(to_string(value));
}
template <NamedEnum E>
void to_json(nlohmann::json& json, const std::optional<E>& value) {
  json = value ? nlohmann::json(*value) : nlohmann::json();
}

}  // namespace haina
