#include "ranking/blender.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "config/ranking_metrics.h"

namespace haina {

at::Tensor scaled(const at::Tensor& values, const at::Tensor& scale) { return (values - scale[0]) / scale[1]; }

at::Tensor network_term(const Blender& blender, const at::Tensor& logs, const at::Tensor& about) {
  const int64_t models = logs.size(-1);
  // The part of the user is the same for all candidates and is multiplied once.
  const at::Tensor of_user = at::linear(about, blender.hidden.narrow(1, models, about.size(-1)), blender.hidden_bias);
  const at::Tensor hidden = at::gelu(at::linear(logs, blender.hidden.narrow(1, 0, models)) + of_user.unsqueeze(-2));
  return at::matmul(hidden, blender.output) + at::matmul(logs, blender.direct);
}

at::Tensor Blender::user_weights(const at::Tensor& user_features) const {
  return user_feature_weights.defined()
             ? weights + at::matmul(scaled(user_features, user_feature_scale), user_feature_weights)
             : weights.unsqueeze(0).expand({user_features.size(0), weights.size(0)}).contiguous();
}

at::Tensor Blender::score(const RankerInput& input, const at::Tensor& user_weights) const {
  at::Tensor scores = at::mv(input.features, user_weights);
  if (hidden.defined()) {
    const at::Tensor about =
        at::cat({scaled(input.best, best_scale), scaled(input.user_features, user_feature_scale)}, 0);
    scores = scores + network_term(*this, scaled(input.logs, log_scale), about);
  }
  return scores;
}

double sample_ndcg_of(const RankerSamples::User& user, std::span<const float> scores) {
  std::vector<std::pair<float, size_t>> order;
  order.reserve(scores.size());
  for (size_t c = 0; c < scores.size(); ++c) {
    order.emplace_back(-scores[c], c);
  }
  const size_t cut = std::min<size_t>(kRankerCutoff, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<int64_t>(cut), order.end());
  std::vector<Hit> hits;
  for (size_t r = 0; r < cut; ++r) {
    if (const float gain = user.relevant[order[r].second]; gain != 0) {
      hits.push_back({.rank = static_cast<int64_t>(r), .gain = static_cast<double>(gain)});
    }
  }
  return user.ideal > 0 ? dcg(hits) / user.ideal * user.weight : 0;
}

std::vector<double> sample_ndcg(const Blender& blender, const RankerSamples& samples, std::span<const int64_t> users) {
  const at::NoGradGuard no_grad;
  std::vector<double> values;
  for (const int64_t u : users) {
    const RankerSamples::User& user = samples.users()[static_cast<size_t>(u)];
    const int64_t n = std::ssize(user.relevant);
    if (n == 0) {
      values.push_back(0);
      continue;
    }
    const auto tensor = [](const std::vector<float>& values, at::IntArrayRef shape) {
      return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat);
    };
    const RankerInput input = {.features = tensor(user.features, {n, samples.num_models()}),
                               .logs = tensor(user.logs, {n, samples.num_models()}),
                               .best = tensor(user.best, {samples.num_models()}),
                               .user_features = tensor(user.user_features, {kUserFeatures})};
    const at::Tensor scores =
        blender.score(input, blender.user_weights(input.user_features.unsqueeze(0))[0]).contiguous();
    values.push_back(sample_ndcg_of(user, {scores.const_data_ptr<float>(), static_cast<size_t>(n)}));
  }
  return values;
}

}  // namespace haina
