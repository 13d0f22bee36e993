#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "ranking/ranker.h"
#include "ranking/user_features.h"

namespace haina {

// A "network" ranker of two models with random weights.
inline Ranker random_network_ranker() {
  Ranker ranker;
  ranker.models = {"a", "b"};
  ranker.blender = {.name = "network",
                    .weights = at::tensor(std::vector<float>{0.7F, 0.3F}),
                    .user_feature_weights = at::zeros({kUserFeatures, 2}),
                    .user_feature_scale = at::stack({at::zeros({kUserFeatures}), at::ones({kUserFeatures})}),
                    .log_scale = at::stack({at::zeros({2}), at::ones({2})}),
                    .best_scale = at::stack({at::zeros({2}), at::ones({2})}),
                    .direct = at::randn({2}),
                    .hidden = at::randn({4, 4 + kUserFeatures}),
                    .hidden_bias = at::randn({4}),
                    .output = at::randn({4})};
  return ranker;
}

}  // namespace haina
