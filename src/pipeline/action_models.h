// The ranker's training samples and the action heads, learned from what held-out users did with the models' candidates.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/split.h"
#include "model/model.h"
#include "ranking/heads.h"
#include "ranking/ranker.h"

namespace haina {

// Every model's scores of the held-out users' candidates. gains: float32 [items] from support_gains; undefined: 1 each.
// views: of the log views; null: in units of these users' scores.
RankerSamples collect_samples(const Model& model, const HeldOut& held, const at::Tensor& gains = {},
                              const LogViews* views = nullptr);

// One head for each action that was done often enough in the validation part, on the models that `ranker` reads; the
// validation part must hold everything that its users did in that time. No heads where fewer than two actions remain.
ActionHeads fit_action_heads(const Model& choosing, const Ranker& ranker, const Dataset& dataset, const Split& split,
                             uint64_t seed);

// How well an action's head predicts what users of the test part did with the models' candidates.
struct HeadQuality {
  std::string action;
  int64_t done = 0;     // pairs with the action
  double expected = 0;  // the sum of the predicted probabilities, to compare with `done`
  double auc = 0;       // over all pairs
  double log_loss = 0;  // mean over all pairs
  double base = 0;      // log-loss of predicting the share of pairs with the action for every pair
};
// Actions with too few pairs are left out. Empty where the model has no heads.
std::vector<HeadQuality> evaluate_action_heads(const Model& model, const Dataset& dataset, const Split& split,
                                               uint64_t seed);

}  // namespace haina
