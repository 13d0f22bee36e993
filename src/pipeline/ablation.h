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

// One row for each source with features and each action beside the goals, and one for all of these actions together
// where there are several; sources that are already switched off are left out. `with` is the evaluation of `model` on
// the users of `test`; experts keep the model's settings.
Result<std::vector<Ablation>> measure_ablation(const Dataset& dataset, const Config& config, const Split& split,
                                               const Model& model, const HeldOut& test, const ModelEvaluation& with,
                                               const std::string& metric, const EvaluateOptions& options);

}  // namespace haina
