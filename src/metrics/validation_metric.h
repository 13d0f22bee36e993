// The one number by which choices are made on validation: the mean over held-out users of one metric, seen items
// excluded; where the held-out users have candidates, among these alone.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <span>
#include <string>

#include "data/split.h"
#include "kernels/topk.h"

namespace haina {

// Enough to choose by: of a mean around 0.2 the standard error is below 0.005, and of a difference between two settings
// far smaller, since both are judged on the same users. Scoring more is most of the time on large sets.
constexpr int64_t kJudges = 4096;

// Users drawn without repeats, in their order; all where there are no more than `most`. Same seed, same users.
HeldOut sample_users(const HeldOut& held, int64_t most, uint64_t seed);

// metric: "ndcg@K" or "recall@K", as the configuration checks it. score: [users.size(), items] float32. Users in
// batches of 256.
using ScoreAll = std::function<at::Tensor(std::span<const UserState>)>;
double validation_metric(const ScoreAll& score, const HeldOut& held, const std::string& metric);

// The same of a model that gives lists: the best k items of each user that are no part of his history. held: without
// candidates of their own.
using BestOfAll = std::function<RankedLists(std::span<const UserState>, int64_t k)>;
double validation_metric_of_lists(const BestOfAll& best, const HeldOut& held, const std::string& metric);

}  // namespace haina
