// What haina prepare prints.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace haina {

// The data quality report as text: first what can spoil the lists, worst first, then the sources and the totals.
// quality: haina.quality/1.
std::string prepare_report(const nlohmann::json& quality);

}  // namespace haina
