// JSON as strangers send it: valid UTF-8, no deeper than need be.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"

namespace haina {

// kBadData at `at`.
Result<nlohmann::json> parse_body(std::string_view body, const std::string& at);

}  // namespace haina
