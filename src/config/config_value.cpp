#include "config/config_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace haina {
namespace {

constexpr size_t kLongest = 60;  // bytes of a text in an error message

}  // namespace

ConfigValue from_json(const nlohmann::json& json, const std::string& place) {
  ConfigValue value = {.data = {}, .place = place};
  if (json.is_boolean()) {
    value.data = json.get<bool>();
  } else if (json.is_number_unsigned() &&
             json.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    value.data = json.get<double>();
  } else if (json.is_number_integer()) {
    value.data = json.get<int64_t>();
  } else if (json.is_number()) {
    value.data = json.get<double>();
  } else if (json.is_string()) {
    value.data = json.get<std::string>();
  } else if (json.is_array()) {
    ConfigValue::List list;
    for (size_t i = 0; i < json.size(); ++i) {
      list.push_back(from_json(json[i], fmt::format("{}[{}]", place, i)));
    }
    value.data = std::move(list);
  } else if (json.is_object()) {
    ConfigValue::Table table;
    for (const auto& [key, element] : json.items()) {
      const std::string at = place + "." + key;
      table.push_back({.key = key, .place = at, .value = from_json(element, at)});
    }
    value.data = std::move(table);
  }
  return value;
}

std::string shown(const ConfigValue& value) {
  struct Shower {
    std::string operator()(std::monostate) const { return "no value of a known type"; }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return fmt::format("{}", number); }
    std::string operator()(const std::string& text) const {
      size_t length = std::min(text.size(), kLongest);
      while (length < text.size() && length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80) {
        --length;  // not inside a UTF-8 character
      }
      return "'" + text.substr(0, length) + (length < text.size() ? "…'" : "'");
    }
    std::string operator()(const ConfigValue::List&) const { return "a list"; }
    std::string operator()(const ConfigValue::Table&) const { return "a table"; }
  };
  return std::visit(Shower(), value.data);
}

}  // namespace haina
