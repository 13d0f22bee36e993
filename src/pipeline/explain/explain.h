// What a trained model has learned, as one document: the global view beside the reasons of single lists.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/progress.h"
#include "base/stop.h"
#include "config/config.h"
#include "data/dataset.h"
#include "model/model.h"
#include "pipeline/explain/source_values.h"

namespace haina {

enum class SourceValues { kSkip, kMeasure };

struct ExplainOptions {
  SourceValues source_values = SourceValues::kSkip;
  SourceValueOptions of_sources = {};  // stop and progress are those of below
  int64_t users = 256;                 // whose lists are looked at, at most
  const StopFlag* stop = nullptr;
  Progress* progress = nullptr;
};

// {"schema": "haina.explain/1", "dataset", "version", "fingerprint", "users", "items", "weights": model_weights.h,
// "source_values": source_values.h, or null, "partial_dependence": partial_dependence.h, "map": item_map.h, "seconds"}.
// dataset: the one that the model was trained on.
Result<nlohmann::json> run_explain(const Dataset& dataset, const Config& config, const Model& model,
                                   const ExplainOptions& options);

}  // namespace haina
