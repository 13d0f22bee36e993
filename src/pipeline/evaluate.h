// Evaluation on the test part: Haina beside each of its models, and what each source adds, by training without it.
#pragma once

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "config/config.h"
#include "data/dataset.h"
#include "evaluation/evaluate.h"
#include "model/model.h"

namespace haina {

// The document haina.evaluate/1 (evaluation/document.h). options.item_counts and item_vectors are computed here.
Result<nlohmann::json> run_evaluate(const Dataset& dataset, const Config& config, const Model& model,
                                    const EvaluateOptions& options);

}  // namespace haina
