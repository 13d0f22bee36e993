// How [serve] exclude_seen is read from haina.toml and written as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "config/exclude_seen.h"
#include "config/value_types.h"

namespace haina {

// true, false, "90d", or { buy = "90d", view = false, rating = true }
template <>
struct ValueType<ExcludeSeen> {
  static Status read(const KeyContext& context, const ConfigValue& value, ExcludeSeen& into);
  static nlohmann::json to_json(const ExcludeSeen& value);
  static nlohmann::json schema(const KeyRules& rules);
  static std::string expected(const KeyRules&) { return "true, false, an age, or a table of these by action"; }
};

}  // namespace haina
