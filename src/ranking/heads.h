// Action heads: the probability that a user does each action (view, cart, buy) with a candidate, beside the ranker's
// single order. One logistic regression per action over the ranker's inputs, all on the same candidates.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tensors_file.h"
#include "data/user_state.h"
#include "kernels/csr.h"
#include "ranking/ranker_samples.h"
#include "ranking/user_features.h"

namespace haina {

struct ActionHeads {
  std::vector<std::string> actions;  // empty: no heads
  at::Tensor weights;                // float32 [actions, models + kUserFeatures + 1]; the last column is the offset
  at::Tensor user_feature_scale;     // float32 [2, kUserFeatures]: mean and standard deviation of the user features

  // P(action | user, candidate) within a time as long as the validation part: float32 [n, actions]. features: float32
  // [n, models], standardised scores; user_features: float32 [kUserFeatures] of one user, or [n, kUserFeatures].
  at::Tensor probabilities(const at::Tensor& features, const at::Tensor& user_features) const;
  // The same for items of one user: float32 [n, actions]. scores: float32 [1, items] per model, as the models return
  // them; undefined for a model that no head reads. trained: as in Ranker::score.
  at::Tensor of_items(std::span<const at::Tensor> scores, const UserState& user, std::span<const int32_t> items,
                      int64_t trained = 0) const;
  // For all items: float32 [items, actions].
  at::Tensor of_all(std::span<const at::Tensor> scores, const UserState& user, int64_t trained = 0) const;

  nlohmann::json to_json() const { return {{"actions", actions}}; }
  TensorMap state() const;  // empty without heads
  // kBadData at `where` if the shapes do not fit a ranker of `num_models` models.
  static Result<ActionHeads> restore(const nlohmann::json& json, const TensorMap& state, int64_t num_models,
                                     const std::string& where);
};

// What users did with candidates: row u of did[a], [users, items], belongs to samples.users()[u].
struct DoneActions {
  std::vector<std::string> actions;
  std::vector<Csr> did;
};

// Pairs of a user and a candidate, with the labels of all actions.
struct ActionPairs {
  at::Tensor users;          // int64 [n], ascending
  at::Tensor features;       // float32 [n, models]
  at::Tensor user_features;  // float32 [n, kUserFeatures]
  at::Tensor weights;        // float32 [n]: how many candidates the pair stands for
  at::Tensor labels;         // float32 [n, actions], 0 or 1
};
// All candidates with an action, and per user up to `others` of the candidates without any, drawn without repeats and
// weighted to stand for all of these.
ActionPairs action_pairs(const RankerSamples& samples, const DoneActions& done, int64_t others, uint64_t seed);

// Actions with fewer pairs get no head.
inline constexpr int64_t kFewestDone = 50;
// reads: the models that a head may read: those that the ranker reads, so that a list needs no further scores. Each
// head's ridge penalty is the one of several that is best on users it was not fitted on, because a hundred purchases do
// not determine the weights of twenty models.
ActionHeads fit_heads(const ActionPairs& pairs, const std::vector<std::string>& actions,
                      const std::vector<bool>& reads);

}  // namespace haina
