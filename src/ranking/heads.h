// Heads of R: how likely a user is to do each thing with a candidate (view, cart, buy), beside the one order that R
// gives. One logistic regression an action on what R reads, all on the same candidates, fitted by binary cross-entropy.
#pragma once

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tensors_file.h"
#include "ranking/ranker.h"

namespace haina {

struct ActionHeads {
  std::vector<std::string> actions;  // empty: no heads
  at::Tensor weights;                // float32 [actions, models + kGates + 1]; the last is the offset
  at::Tensor gate_scale;             // float32 [2, kGates]: mean and deviation of the gates

  // P(action | user, candidate), within a time as long as what was held out: float32 [n, actions].
  // features: float32 [n, models], standardised scores, one column a model; gates: float32 [kGates] of the user, or
  // [n, kGates].
  at::Tensor probabilities(const at::Tensor& features, const at::Tensor& gates) const;
  // Of a list: scores as models give them, one float32 [1, items] a model, undefined where no head reads it. Of these
  // items of the one user, float32 [n, actions].
  at::Tensor of_items(std::span<const at::Tensor> scores, const UserState& user, std::span<const int32_t> items) const;
  // Of all items: float32 [items, actions].
  at::Tensor of_all(std::span<const at::Tensor> scores, const UserState& user) const;

  nlohmann::json to_json() const { return {{"actions", actions}}; }
  TensorMap state() const;  // empty without heads
  // kBadData where shapes do not fit a ranker of so many models.
  static Result<ActionHeads> restore(const nlohmann::json& json, const TensorMap& state, int64_t num_models,
                                     const std::string& where);
};

// What users did with candidates: row u of `did[a]` [users, items] belongs to samples.users()[u].
struct DoneActions {
  std::vector<std::string> actions;
  std::vector<Csr> did;
};

// Candidates of one user as pairs, every action's labels beside them.
struct ActionPairs {
  at::Tensor users;     // int64 [n], ascending: whose candidate
  at::Tensor features;  // float32 [n, models]
  at::Tensor gates;     // float32 [n, kGates]
  at::Tensor weights;   // float32 [n]: how many candidates the pair stands for
  at::Tensor labels;    // float32 [n, actions], 0 or 1
};
// All candidates that anything was done with, and up to `others` a user of those left, drawn without repeats, that
// stand for the rest.
ActionPairs action_pairs(const RankerSamples& samples, const DoneActions& done, int64_t others, uint64_t seed);

// Actions with fewer than kFewestDone pairs get no head. reads: which models' scores a head may read (those that R
// reads, so that a list costs no more than it did). Newton's method on the cross-entropy with a ridge, of several the
// one that is best on users that it was not fitted on: of a hundred purchases twenty models must not be weighed freely.
inline constexpr int64_t kFewestDone = 50;
ActionHeads fit_heads(const ActionPairs& pairs, const std::vector<std::string>& actions,
                      const std::vector<bool>& reads);

}  // namespace haina
