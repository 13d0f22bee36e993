// Training where too little is known to hold a part out: a new shop, whose lists come by content and popularity.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/error.h"
#include "config/config.h"
#include "data/dataset.h"
#include "data/split.h"
#include "model/model.h"
#include "pipeline/train.h"
#include "pipeline/trial_log.h"
#include "recommend/few_events.h"

namespace haina {

// Fewer users with held-out goal events say nothing of a setting: with four, one lucky hit is a quarter of the metric.
inline constexpr int64_t kFewestValidationUsers = 5;
// With fewer goal events, only experts that count or that read side sources are fitted.
inline constexpr int64_t kFewestLearnedEvents = kFewEvents;

// What is missing for a validated training.
struct TooLittle {
  int64_t goal_events = 0;       // of all parts
  int64_t validation_users = 0;  // with held-out goal events
};
// nullopt where there are goal events in the training part and enough users in the validation part.
std::optional<TooLittle> too_little(const Dataset& dataset, const Interactions& training_part,
                                    const HeldOut& validation);

struct UnvalidatedModel {
  Model model;          // without network and heads; `about` is left to the caller
  nlohmann::json said;  // {"goal_events", "validation_users", "needed", "text", "hint"}, for the manifest
};
// Experts with their default or configured settings, on every event (with published parts: on all but the test part),
// blended by fixed weights. Experts that these data do not suit are left out. Where no event meets the goal, every
// event counts.
Result<UnvalidatedModel> train_unvalidated(const Dataset& dataset, const Config& config, const Split& split,
                                           const TooLittle& missing, at::Device device, const TrainOptions& options,
                                           TrialLog& trials);

}  // namespace haina
