// The parts of report.html that show models and their metrics. Each returns HTML, empty where the document has nothing
// for it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "evaluation/report_words.h"

namespace haina::report {

// The first model's main numbers, and its gain over the best other model.
std::string model_cards(const nlohmann::json& document, const std::string& metric, const ReportWords& words);
// A bar for each model, best first.
std::string models_plot(const nlohmann::json& document, const std::string& metric, const ReportWords& words);
// Models x metrics at the main k; the tables at other k are folded.
std::string metric_tables(const nlohmann::json& document, int64_t main, const ReportWords& words);
// A plot for each group of users or items (cold, warm), a bar for each model.
std::string group_plots(const nlohmann::json& document, const std::string& metric, int64_t k, const ReportWords& words);

}  // namespace haina::report
