#include "pipeline/calibration.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/seed.h"

namespace haina {
namespace {

double sigmoid(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

}  // namespace

PointSample collect_points(const Dataset& dataset, const Split& split, Stage stage, const HeldOut& held,
                           const std::function<at::Tensor(std::span<const UserState>)>& score, uint64_t seed) {
  // Held-out events that are no goals, by user.
  const uint8_t code = static_cast<uint8_t>(stage == Stage::kValidation ? Part::kValidation : Part::kTest);
  std::vector<std::set<int32_t>> refused(static_cast<size_t>(dataset.users.size()));
  bool any = false;
  for (int64_t i = 0; i < dataset.events.size(); ++i) {
    if (split.part.const_data_ptr<uint8_t>()[i] == code && !dataset.events.goal.const_data_ptr<bool>()[i]) {
      refused[static_cast<size_t>(dataset.events.user.const_data_ptr<int32_t>()[i])].insert(
          dataset.events.item.const_data_ptr<int32_t>()[i]);
      any = true;
    }
  }
  PointSample sample;
  sample.sampled = !any;
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
      if (any) {
        for (const int32_t item : refused[static_cast<size_t>(batch[b].user)]) {
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
  Calibration fit = {0, 0};
  constexpr double kRidge = 1e-3;
  for (int step = 0; step < 50; ++step) {
    double g0 = kRidge * fit.offset, g1 = kRidge * fit.slope, h00 = kRidge, h01 = 0, h11 = kRidge;
    for (size_t i = 0; i < scores.size(); ++i) {
      const double x = static_cast<double>(scores[i]);
      const double p = sigmoid(fit.slope * x + fit.offset);
      const double error = p - static_cast<double>(labels[i]);
      const double curvature = std::max(p * (1 - p), 1e-12);
      g0 += error;
      g1 += error * x;
      h00 += curvature;
      h01 += curvature * x;
      h11 += curvature * x * x;
    }
    const double determinant = h00 * h11 - h01 * h01;
    const double move0 = (h11 * g0 - h01 * g1) / determinant;
    const double move1 = (h00 * g1 - h01 * g0) / determinant;
    if (!std::isfinite(move0) || !std::isfinite(move1)) {
      break;
    }
    // Damped: a step never moves a coefficient by more than 4, which keeps separable data from running away in one
    // step.
    const double damp = std::min(1.0, 4 / std::max({std::abs(move0), std::abs(move1), 1e-12}));
    fit.offset -= damp * move0;
    fit.slope -= damp * move1;
    if (std::abs(move0) + std::abs(move1) < 1e-9) {
      break;
    }
  }
  return fit;
}

}  // namespace haina
