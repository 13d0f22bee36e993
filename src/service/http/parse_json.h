// Parses JSON from clients: valid UTF-8, with limited nesting.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace haina {

// kBadData at `at` if the body is not valid UTF-8, not valid JSON, or nested deeper than 32 levels.
Result<nlohmann::json> parse_body(std::string_view body, const std::string& at);

// Whether a value of an event is one that models can take: they compute in single precision, in which larger ones are
// infinite.
bool is_usable_value(double value);

// An id: text, or a whole number as text. Nothing for any other value.
std::optional<std::string> id_in(const nlohmann::json& value);

}  // namespace haina
