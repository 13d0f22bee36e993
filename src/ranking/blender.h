// How the ranker turns the scores of several models into one. Every kind of blender adds each user's standardised
// scores with weights that may depend on the user's features; the "network" kind adds a small network.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ranking/ranker_samples.h"
#include "ranking/user_features.h"

namespace haina {

// The candidates of one user as a blender reads them.
struct RankerInput {
  at::Tensor features;       // float32 [n, models], standardised scores
  at::Tensor logs;           // float32 [n, models], log views; only the network reads them, else they may be undefined
  at::Tensor best;           // float32 [models], log views of each model's best item; likewise
  at::Tensor user_features;  // float32 [kUserFeatures]
};

struct Blender {
  std::string name;                        // "single" | "blend" | "linear" | "gated" | "network" | "source_balanced"
  at::Tensor weights;                      // float32 [models]
  at::Tensor user_feature_weights;         // gated, network: float32 [kUserFeatures, models], times the standardised
                                           // user features; added to the weights
  at::Tensor user_feature_scale;           // float32 [2, kUserFeatures]: mean and standard deviation of the features
  at::Tensor log_scale, best_scale;        // network: float32 [2, models]: mean and deviation of the log views
  at::Tensor direct;                       // network: float32 [models], linear weights of the log views
  at::Tensor hidden, hidden_bias, output;  // network: float32 [h, 2 models + kUserFeatures], [h], [h]

  // The additive weights of each user: float32 [B, models].
  at::Tensor user_weights(const at::Tensor& user_features) const;
  // weights: the user's additive weights [models]. float32 [n]
  at::Tensor score(const RankerInput& input, const at::Tensor& weights) const;
};

// (values - mean) / deviation; scale: [2, columns] holds both.
at::Tensor scaled(const at::Tensor& values, const at::Tensor& scale);
// What the network adds to the weighted sum: [..., n]. logs: [..., n, models], about: [..., models + kUserFeatures],
// the best log views and the user features; both scaled.
at::Tensor network_term(const Blender& blender, const at::Tensor& logs, const at::Tensor& about);

// NDCG at kRankerCutoff of one user's candidates under these scores, with the samples' gains and times the user's
// weight. Equal scores: the smaller item first.
double sample_ndcg_of(const RankerSamples::User& user, std::span<const float> scores);
// The same for a blender, for each of the users of these indices.
std::vector<double> sample_ndcg(const Blender& blender, const RankerSamples& samples, std::span<const int64_t> users);

}  // namespace haina
