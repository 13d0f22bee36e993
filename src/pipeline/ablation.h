// What each source adds: everything is trained again without it.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "data/dataset.h"
#include "data/split.h"
#include "evaluation/compare.h"
#include "evaluation/evaluate.h"
#include "model/model.h"

namespace haina {

// What is left out together: a name for the report, and the sources or actions.
struct LeftOut {
  std::string name;
  std::vector<std::string> names;
};
// Each source with features; all of those that describe items together, and all that describe users, where these are
// several: sources that say the same cover for each other; each action beside the goals, and all of these together.
// Sources that are already switched off are left out.
std::vector<LeftOut> ablation_cases(const Dataset& dataset, const TrainConfig& config);

// One row for each of ablation_cases(). `with` is the evaluation of `model` on
// the users of `test`; experts keep the model's settings.
Result<std::vector<Ablation>> measure_ablation(const Dataset& dataset, const Config& config, const Split& split,
                                               const Model& model, const HeldOut& test, const ModelEvaluation& with,
                                               const std::string& metric, const EvaluateOptions& options);

}  // namespace haina
