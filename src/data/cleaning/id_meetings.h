// How well the ids of the sources meet those of the events, in words.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace haina {

enum class Meetings { kAll, kBad };
// "items: 50 % of its 200 items are in the events, …": a line for each entry of QualityReport::meetings; kBad leaves
// out the sources that meet well.
std::vector<std::string> meeting_lines(const nlohmann::json& meetings, Meetings which);

}  // namespace haina
