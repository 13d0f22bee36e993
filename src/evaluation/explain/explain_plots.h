// Plots of the page of haina explain as inline SVG.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "evaluation/explain/explain_words.h"

namespace haina::report {

// A line through the points of one field of "partial_dependence", with the band of their intervals.
std::string dependence_plot(const nlohmann::json& dependence, const ExplainWords& words);
// The items of "map" as dots in the colors of their clusters, whose numbers stand at their centres.
std::string map_plot(const nlohmann::json& map, const ExplainWords& words);

}  // namespace haina::report
