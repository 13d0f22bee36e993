// What R learns of held-out users: the candidates that models bring, and what the users did with them.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/split.h"
#include "model/model.h"
#include "ranking/heads.h"
#include "ranking/ranker.h"

namespace haina {

// gains: as RankerSamples takes them.
RankerSamples collect_samples(const Model& model, const HeldOut& held, const at::Tensor& gains = {});

// Heads of every action of the validation part, which must hold all that users did then, on what `ranker` reads of the
// models. None where only one thing was done often enough.
ActionHeads learn_heads(const Model& choosing, const Ranker& ranker, const Dataset& dataset, const Split& split,
                        uint64_t seed);

// How well heads tell what users of the test part did with the models' candidates.
struct HeadQuality {
  std::string action;
  int64_t done = 0;     // pairs with the action
  double foretold = 0;  // as many as the probabilities add up to
  double auc = 0;       // over all pairs
  double log_loss = 0;  // of a pair
  double base = 0;      // log-loss of one probability for all, the share of pairs
};
// Actions of too few pairs are left out; empty without heads.
std::vector<HeadQuality> judge_heads(const Model& model, const Dataset& dataset, const Split& split, uint64_t seed);

}  // namespace haina
