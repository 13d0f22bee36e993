// What haina evaluate prints: a verdict and one screen of numbers.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace haina {

// A sentence or two: whether Haina's lists are better than those of the best single model and of popularity, and what
// to do. document: haina.evaluate/1.
std::string evaluation_verdict(const nlohmann::json& document);

// The verdict below the most telling numbers: at most 23 lines of at most 100 columns, unless names are very long.
// report: the HTML page that holds the rest; empty: none.
std::string evaluation_screen(const nlohmann::json& document, const std::string& report);

}  // namespace haina
