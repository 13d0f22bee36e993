// A parsed value of haina.toml or of a JSON body, with the place where it stands.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"

namespace haina {

struct ConfigEntry;

struct ConfigValue {
  using List = std::vector<ConfigValue>;
  using Table = std::vector<ConfigEntry>;  // in the order of the keys' bytes
  // std::monostate: null, or a TOML date.
  std::variant<std::monostate, bool, int64_t, double, std::string, List, Table> data;
  std::string place;  // "haina.toml:12:8", "rule.position"

  template <class T>
  const T* get() const {
    return std::get_if<T>(&data);
  }
};

struct ConfigEntry {
  std::string key;
  std::string place;  // of the key
  ConfigValue value;
};

// kInvalidArgument with file, line and column where the text is not TOML.
Result<ConfigValue> parse_toml(const std::string& text, const std::string& file);
// Places are paths into the body: "rule", "rule.is", "rule.is[0]".
ConfigValue from_json(const nlohmann::json& json, const std::string& place);
// The value as TOML or JSON would write it, for error messages: "tim" with its quotes, 7, true, a list, a table.
std::string shown(const ConfigValue& value);

}  // namespace haina
