// JSON as strangers send it: valid UTF-8, no deeper than need be.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace haina {

// kBadData at `at`.
Result<nlohmann::json> parse_body(std::string_view body, const std::string& at);

// Text, or a whole number as text; nothing else is an id.
std::optional<std::string> id_in(const nlohmann::json& value);

}  // namespace haina
