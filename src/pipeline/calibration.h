// Turns blended scores into probabilities, from (user, item) pairs with a known label.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "data/split.h"
#include "data/user_state.h"

namespace haina {

// One entry for each pair. Label 1: a held-out goal event. Label 0: a held-out event that is not a goal (a rating of
// 2); where every held-out event is a goal, items drawn uniformly from those that the user never touched, as many as
// the user's goal events (`sampled`).
struct LabeledPairs {
  std::vector<int32_t> users;  // rows of Dataset.users
  std::vector<float> scores, labels;
  bool sampled = false;
};
// score: float32 [users.size(), items].
LabeledPairs labeled_pairs(const Dataset& dataset, const Split& split, Stage stage, const HeldOut& held,
                           const std::function<at::Tensor(std::span<const UserState>)>& score, uint64_t seed);

// P(label = 1) = sigmoid(slope * score + offset) (Platt, 1999). Fitted by Newton's method on the log-loss with a ridge
// penalty of 1e-3.
struct Calibration {
  double slope = 1, offset = 0;
  // Whose scores: the ranker's, or the network's. The ranker's are standardised for each user, which loses how much of
  // the catalog a user likes; a network that was trained on pairs knows it.
  bool of_network = false;
  std::vector<float> probabilities(std::span<const float> scores) const;
};
Calibration calibrate(std::span<const float> scores, std::span<const float> labels);
// The mean log-loss of the calibrated pairs, in nats.
double log_loss(const Calibration& calibration, const LabeledPairs& pairs);

}  // namespace haina
