// From ranking scores to probabilities, and how good those are: accuracy, log-loss, AUC over single (user, item) pairs
// with a known label.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "data/split.h"

namespace haina {

// One entry a pair. Label 1: a held-out goal event; label 0: a held-out event that is no goal (a rating of 2), or,
// where every event is a goal, as many items drawn uniformly from what the user never touched (`sampled`).
struct PointSample {
  std::vector<int32_t> users;  // rows of Dataset.users
  std::vector<float> scores, labels;
  bool sampled = false;
};
PointSample collect_points(const Dataset& dataset, const Split& split, Stage stage, const HeldOut& held,
                           const std::function<at::Tensor(std::span<const UserState>)>& score, uint64_t seed);

// P(label = 1) = sigmoid(slope * score + offset), fitted by Newton's method on the log-loss with a small ridge (Platt,
// 1999).
struct Calibration {
  double slope = 1, offset = 0;
  std::vector<float> probabilities(std::span<const float> scores) const;
};
Calibration calibrate(std::span<const float> scores, std::span<const float> labels);

}  // namespace haina
