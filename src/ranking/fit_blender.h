// The kinds of blenders and how each is fitted.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ranking/blender.h"
#include "ranking/ranker_samples.h"

namespace haina {

// Fits a blender on the users of these indices. name:
//   "single": the one best model.
//   "linear": weights by gradient descent on cross-entropy.
//   "blend": the mean of "linear" and of bagged coordinate ascents on NDCG.
//   "gated": weights that depend on the user's features, by gradient descent.
//   "network": "gated" plus a small network over log views, from the weights of "blend", with early stopping.
Blender fit_blender(const std::string& name, const RankerSamples& samples, std::span<const int64_t> users,
                    uint64_t seed);

}  // namespace haina
