// Blend weights by search on NDCG itself, which is not differentiable.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ranking/ranker_samples.h"

namespace haina {

// Weight 1 for the one model with the highest mean NDCG on the users of these indices, 0 for the others: [models].
std::vector<double> fit_single(const RankerSamples& samples, std::span<const int64_t> users);

// The mean of several coordinate ascents from `start`, each on resampled users (bagging; Breiman 1996): one ascent on a
// hundred users follows their noise, the mean of several does not. Weights >= 0. [models]
std::vector<double> fit_bagged(const RankerSamples& samples, std::span<const int64_t> users,
                               const std::vector<double>& start, uint64_t seed);

}  // namespace haina
