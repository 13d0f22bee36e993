// What haina evaluate prints: a verdict and one screen of numbers.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace haina {

// The verdict below the most telling numbers: at most 23 lines of at most 100 columns, unless names are very long.
// report: the HTML page that holds the rest; empty: none.
std::string evaluation_screen(const nlohmann::json& document, const std::string& report);

}  // namespace haina
