// The parts of report.html that show differences between models, learning curves and source weights. Each returns HTML,
// empty where there is nothing to show.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "evaluation/report_words.h"

namespace haina::report {

// How rows of "differences" or "ablation" are shown.
struct Changes {
  std::string key;            // of the field that names a row
  const Phrase<Word>& label;  // of a row, given that name
  double better;              // the sign of a change for the better, 1 or -1
};
// A plot for each metric of the rows, all but the first folded, a bar around zero for each row.
std::string delta_plots(const nlohmann::json& rows, const Changes& changes, const ReportWords& words);
// A plot for each number of the training history, since loss and quality have different units.
std::string learning_curves(const nlohmann::json& history, const ReportWords& words);
// A bar for each source; nested objects ("item", "user") get a plot of their own.
std::string weight_plots(const nlohmann::json& weights, const ReportWords& words);

}  // namespace haina::report
