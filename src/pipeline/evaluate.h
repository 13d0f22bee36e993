// Honest evaluation: the whole of Haina beside each of its parts on the test part, and what each source adds, by
// training without it.
#pragma once

#include <nlohmann/json.hpp>

#include "base/progress.h"
#include "base/stop.h"
#include "model/model.h"

namespace haina {

enum class AblationMode { kNone, kRetrain };

struct EvaluationOptions {
  std::vector<int64_t> ks = {5, 10, 20};
  AblationMode ablation = AblationMode::kRetrain;  // kRetrain: everything is trained again without one source at a time
  const StopFlag* stop = nullptr;
  Progress* progress = nullptr;
};

// The document haina.evaluate/1.
Result<nlohmann::json> run_evaluate(const Dataset& dataset, const Config& config, const Model& model,
                                    const EvaluationOptions& options);

}  // namespace haina
