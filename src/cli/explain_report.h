// What haina explain prints.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace haina {

// The most telling numbers of a haina.explain/1 document on one screen; names that are long make lines longer.
std::string explain_screen(const nlohmann::json& document);

}  // namespace haina
