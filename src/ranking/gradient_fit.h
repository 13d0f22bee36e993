// Blenders fitted by gradient descent on a differentiable stand-in for NDCG.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>

#include "ranking/blender.h"
#include "ranking/ranker_samples.h"

namespace haina {

// Fits a "linear", "gated" or "network" blender on the users of these indices: Adam on the softmax cross-entropy of the
// held-out candidates against the user's others. start: float32 [models], additive weights from a simpler fit; what few
// steps do not change stays close to them. The fit keeps the epoch with the best NDCG on the validation users; without
// any, the last epoch.
Blender fit_by_gradient(const std::string& name, const RankerSamples& samples, std::span<const int64_t> users,
                        uint64_t seed, at::Tensor start, std::span<const int64_t> validation_users = {});

}  // namespace haina
