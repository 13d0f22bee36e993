#include "pipeline/calibration.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/seed.h"
#include "ranking/logistic_regression.h"

namespace haina {
namespace {

double sigmoid(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

// For each user, the items of held-out events that are not goals.
std::vector<std::set<int32_t>> disliked_items(const Dataset& dataset, const Split& split, Stage stage) {
  const uint8_t code = static_cast<uint8_t>(stage == Stage::kValidation ? Part::kValidation : Part::kTest);
  std::vector<std::set<int32_t>> items(static_cast<size_t>(dataset.users.size()));
  for (int64_t i = 0; i < dataset.events.size(); ++i) {
    if (split.part.const_data_ptr<uint8_t>()[i] == code && !dataset.events.goal.const_data_ptr<bool>()[i]) {
      items[static_cast<size_t>(dataset.events.user.const_data_ptr<int32_t>()[i])].insert(
          dataset.events.item.const_data_ptr<int32_t>()[i]);
    }
  }
  return items;
}

}  // namespace

LabeledPairs labeled_pairs(const Dataset& dataset, const Split& split, Stage stage, const HeldOut& held,
                           const std::function<at::Tensor(std::span<const UserState>)>& score, uint64_t seed) {
  const std::vector<std::set<int32_t>> disliked = disliked_items(dataset, split, stage);
  LabeledPairs sample;
  sample.sampled = std::ranges::all_of(disliked, [](const auto& items) { return items.empty(); });
  RandomStream random(seed, "pipeline/pointwise");
  constexpr size_t kBatch = 256;
  for (size_t begin = 0; begin < held.users.size(); begin += kBatch) {
    const std::span<const UserState> batch(held.users.data() + begin, std::min(kBatch, held.users.size() - begin));
    const at::Tensor scores = score(batch).contiguous();
    for (size_t b = 0; b < batch.size(); ++b) {
      const auto truth = held.truth.row(static_cast<int64_t>(begin + b));
      std::set<int32_t> touched(truth.begin(), truth.end());
      for (const UserEvent& event : batch[b].history) {
        touched.insert(row_of(event.item));
      }
      const float* const row = scores.const_data_ptr<float>() + static_cast<int64_t>(b) * scores.size(1);
      const auto add = [&](int32_t item, float label) {
        sample.users.push_back(batch[b].user);
        sample.scores.push_back(row[item]);
        sample.labels.push_back(label);
      };
      for (const int32_t item : truth) {
        add(item, 1);
      }
      if (!sample.sampled) {
        for (const int32_t item : disliked[static_cast<size_t>(batch[b].user)]) {
          if (!touched.contains(item)) {
            add(item, 0);
          }
        }
      } else {
        for (size_t drawn = 0; drawn < truth.size() && std::ssize(touched) < dataset.items.size();) {
          const int32_t item = static_cast<int32_t>(random.below(dataset.items.size()));
          if (touched.insert(item).second) {
            add(item, 0);
            ++drawn;
          }
        }
      }
    }
  }
  return sample;
}

std::vector<float> Calibration::probabilities(std::span<const float> scores) const {
  std::vector<float> result;
  for (const float score : scores) {
    result.push_back(static_cast<float>(sigmoid(slope * static_cast<double>(score) + offset)));
  }
  return result;
}

Calibration calibrate(std::span<const float> scores, std::span<const float> labels) {
  constexpr double kRidge = 1e-3;  // on slope and offset, so that separable data give finite values
  const at::NoGradGuard no_grad;
  const auto column = [](std::span<const float> values) {
    return at::tensor(std::vector<double>(values.begin(), values.end()), at::kDouble);
  };
  const LabelledRows rows = {.x = at::stack({column(scores), at::ones({std::ssize(scores)}, at::kDouble)}, 1),
                             .labels = column(labels),
                             .counts = at::ones({std::ssize(scores)}, at::kDouble)};
  const at::Tensor weights = fit_logistic(rows, {.ridge = at::full({2}, kRidge, at::kDouble),
                                                 .free = at::ones({2}, at::kDouble),
                                                 .start = at::zeros({2}, at::kDouble),
                                                 .max_steps = 50,
                                                 .tolerance = 1e-9});
  return {.slope = weights[0].item<double>(), .offset = weights[1].item<double>()};
}

double log_loss(const Calibration& calibration, const LabeledPairs& pairs) {
  double sum = 0;
  for (size_t i = 0; i < pairs.scores.size(); ++i) {
    const double logit = calibration.slope * static_cast<double>(pairs.scores[i]) + calibration.offset;
    const double signed_logit = pairs.labels[i] > 0 ? logit : -logit;
    sum += std::max(0.0, -signed_logit) + std::log1p(std::exp(-std::abs(signed_logit)));
  }
  return sum / static_cast<double>(std::max<size_t>(1, pairs.scores.size()));
}

}  // namespace haina
