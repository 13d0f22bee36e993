// The parts of report.html that show differences between models, learning curves and source weights. Each returns HTML,
// empty where there is nothing to show.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace haina::report {

// A plot for each metric of "differences" or "ablation", all but the first folded, a bar around zero for each row.
// label_key: the field that names a row; better: the sign of a change for the better, 1 or -1.
std::string delta_plots(const nlohmann::json& rows, const std::string& label_key, const std::string& label_prefix,
                        double better);
// A plot for each number of the training history, since loss and quality have different units.
std::string learning_curves(const nlohmann::json& history);
// A bar for each source; nested objects ("item", "user") get a plot of their own.
std::string weight_plots(const nlohmann::json& weights);

}  // namespace haina::report
