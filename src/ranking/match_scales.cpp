#include "ranking/match_scales.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace haina {
namespace {

constexpr double kLeastDeviation = 1e-3;  // of a model that hardly tells candidates apart

}  // namespace

ScoreScales score_scales(const RankerSamples& samples) {
  const auto models = static_cast<size_t>(samples.num_models());
  std::vector<double> sums(models), squares(models);
  int64_t rows = 0;
  for (const RankerSamples::User& user : samples.users()) {
    rows += std::ssize(user.items);
    for (size_t i = 0; i < user.features.size(); ++i) {
      const auto value = static_cast<double>(user.features[i]);
      sums[i % models] += value;
      squares[i % models] += value * value;
    }
  }
  const double n = static_cast<double>(std::max<int64_t>(1, rows));
  std::vector<float> deviations;
  for (size_t m = 0; m < models; ++m) {
    const double variance = squares[m] / n - (sums[m] / n) * (sums[m] / n);
    deviations.push_back(static_cast<float>(std::max(kLeastDeviation, std::sqrt(std::max(0.0, variance)))));
  }
  return {.deviations = at::tensor(deviations), .views = samples.views()};
}

nlohmann::json scales_json(const Ranker& ranker, const ScoreScales& fitted, const ScoreScales& served) {
  nlohmann::json json = nlohmann::json::object();
  for (size_t m = 0; m < ranker.models.size(); ++m) {
    const auto deviation = [&](const ScoreScales& scales) {
      return scales.deviations[static_cast<int64_t>(m)].item<float>();
    };
    json[ranker.models[m]] = {{"deviation", {deviation(fitted), deviation(served)}},
                              {"unit", {fitted.views.units()[m], served.views.units()[m]}}};
  }
  return json;
}

void match_scales(const ScoreScales& fitted, const ScoreScales& served, Ranker& ranker) {
  Blender& blender = ranker.blender;
  ranker.views = served.views;
  if (blender.name == kSourceBalanced) {  // these weights were not learned from scores
    return;
  }
  const at::Tensor ratio = fitted.deviations / served.deviations;
  blender.weights = blender.weights * ratio;
  if (blender.user_feature_weights.defined()) {
    blender.user_feature_weights = blender.user_feature_weights * ratio;
  }
}

}  // namespace haina
