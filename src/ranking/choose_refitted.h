// The form of the ranker that serves is chosen once more after the models were fitted again. It was chosen, and fitted,
// on scores of models that know the training part alone; refitted models give other scores, and what a form with many
// weights had learned of the first may be wrong for the second: on TikTok a network that gained 6 % by cross-fitting
// ended a third below the best single model. Users whose held-out events the refitted models do not know tell.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <span>

#include "ranking/ranker.h"
#include "ranking/ranker_samples.h"

namespace haina {

struct RefittedChoice {
  size_t taken = 0;  // index of the ranker that serves
  // {"users", "metric", "best_model", "forms": [{"form", "value", "best_model", "delta", "low", "high", "taken"}]}:
  // means over the users; delta: the form less the best model, with its 95 % interval.
  nlohmann::json said;
};
// rankers: at least one, the preferred first, the best model alone last. The first whose NDCG@10 is not below that of
// the last by more than the 95 % interval of the paired difference. samples: of refitted models, with held-out items
// that these were not fitted on, and log views in the units of the rankers; at least one user.
RefittedChoice choose_refitted(std::span<const Ranker> rankers, const RankerSamples& samples);

}  // namespace haina
