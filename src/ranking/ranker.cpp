#include "ranking/ranker.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/topk.h"

namespace haina {
namespace {

constexpr int64_t kPool = 100;  // best items a model that become candidates
constexpr int64_t kCut = 10;

}  // namespace

at::Tensor standardise(const at::Tensor& scores) {
  const at::Tensor in = scores.contiguous();
  at::Tensor result = at::empty_like(in);
  const int64_t width = in.size(1);
  at::parallel_for(0, in.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* const x = in.const_data_ptr<float>() + row * width;
      float* const out = result.data_ptr<float>() + row * width;
      double sum = 0;
      for (int64_t i = 0; i < width; ++i) {
        sum += x[i];
      }
      const double mean = sum / static_cast<double>(std::max<int64_t>(1, width));
      double squares = 0;
      for (int64_t i = 0; i < width; ++i) {
        squares += (x[i] - mean) * (x[i] - mean);
      }
      const double deviation = std::sqrt(squares / static_cast<double>(std::max<int64_t>(1, width)));
      const double factor = deviation > 1e-9 * std::max(1.0, std::abs(mean)) ? 1 / deviation : 0;
      for (int64_t i = 0; i < width; ++i) {
        out[i] = static_cast<float>((x[i] - mean) * factor);
      }
    }
  });
  return result;
}

void RankerSamples::add(std::span<const at::Tensor> standardised, const HeldOut& held, int64_t first) {
  const int64_t batch = standardised[0].size(0);
  const int64_t items = standardised[0].size(1);
  std::vector<std::vector<int32_t>> pools(static_cast<size_t>(batch));
  for (const at::Tensor& scores : standardised) {
    at::Tensor masked = scores.clone();
    for (int64_t b = 0; b < batch; ++b) {
      for (const UserEvent& event : held.users[static_cast<size_t>(first + b)].history) {
        masked.data_ptr<float>()[b * items + row_of(event.item)] = -std::numeric_limits<float>::infinity();
      }
    }
    const RankedLists lists = top_k(masked, kPool);
    for (int64_t b = 0; b < batch; ++b) {
      for (int64_t r = 0; r < kPool; ++r) {
        if (const int32_t item = lists.items.const_data_ptr<int32_t>()[b * kPool + r]; item >= 0) {
          pools[static_cast<size_t>(b)].push_back(item);
        }
      }
    }
  }
  for (int64_t b = 0; b < batch; ++b) {
    std::vector<int32_t>& pool = pools[static_cast<size_t>(b)];
    std::ranges::sort(pool);
    pool.erase(std::unique(pool.begin(), pool.end()), pool.end());
    const auto truth = held.truth.row(first + b);
    User user;
    user.num_relevant = std::ssize(truth);
    for (const int32_t item : pool) {
      user.relevant.push_back(std::ranges::binary_search(truth, item) ? 1 : 0);
      for (const at::Tensor& scores : standardised) {
        user.features.push_back(scores.const_data_ptr<float>()[b * items + item]);
      }
    }
    users_.push_back(std::move(user));
  }
}

double RankerSamples::ndcg(std::span<const double> weights, int fold) const {
  std::vector<double> gains(users_.size(), 0);
  at::parallel_for(0, std::ssize(users_), 16, [&](int64_t begin, int64_t end) {
    std::vector<std::pair<double, size_t>> scored;
    for (int64_t u = begin; u < end; ++u) {
      const User& user = users_[static_cast<size_t>(u)];
      if (!in_fold(static_cast<size_t>(u), fold)) {
        continue;
      }
      scored.clear();
      for (size_t c = 0; c < user.relevant.size(); ++c) {
        double score = 0;
        for (size_t m = 0; m < weights.size(); ++m) {
          score += weights[m] * static_cast<double>(user.features[c * weights.size() + m]);
        }
        scored.emplace_back(-score, c);  // ties: the smaller item first
      }
      const size_t cut = std::min<size_t>(kCut, scored.size());
      std::partial_sort(scored.begin(), scored.begin() + static_cast<int64_t>(cut), scored.end());
      double gain = 0;
      double ideal = 0;
      for (size_t r = 0; r < static_cast<size_t>(kCut); ++r) {
        const double discount = 1 / std::log2(static_cast<double>(r) + 2);
        gain += r < cut && user.relevant[scored[r].second] != 0 ? discount : 0;
        ideal += static_cast<int64_t>(r) < user.num_relevant ? discount : 0;
      }
      gains[static_cast<size_t>(u)] = gain / ideal;
    }
  });
  double total = 0;
  int64_t counted = 0;
  for (size_t u = 0; u < users_.size(); ++u) {
    if (in_fold(u, fold)) {
      total += gains[u];
      ++counted;
    }
  }
  return total / static_cast<double>(std::max<int64_t>(1, counted));
}

std::vector<double> RankerSamples::best_single(int fold) const {
  std::vector<double> best;
  double best_value = -1;
  for (int64_t m = 0; m < num_models_; ++m) {
    std::vector<double> weights(static_cast<size_t>(num_models_), 0);
    weights[static_cast<size_t>(m)] = 1;
    if (const double value = ndcg(weights, fold); value > best_value) {
      best_value = value;
      best = weights;
    }
  }
  return best;
}

std::vector<double> RankerSamples::fit_greedy(int fold) const {
  std::vector<double> weights = best_single(fold);
  double value = ndcg(weights, fold);
  for (double step = 0.4; step > 0.02; step /= 2) {
    for (bool improved = true; improved;) {
      improved = false;
      for (size_t m = 0; m < weights.size(); ++m) {
        for (const double change : {step, -step}) {
          std::vector<double> moved = weights;
          moved[m] = std::max(0.0, moved[m] + change);
          const double total = std::accumulate(moved.begin(), moved.end(), 0.0);
          if (total <= 0 || moved == weights) {
            continue;
          }
          for (double& w : moved) {
            w /= total;
          }
          if (const double now = ndcg(moved, fold); now > value + 1e-6) {
            value = now;
            weights = moved;
            improved = true;
          }
        }
      }
    }
  }
  return weights;
}

std::vector<double> RankerSamples::fit_cross_entropy(int fold) const {
  // Full-batch gradient descent with momentum on at most eight weights, projected on w >= 0: convex in w, so no restarts.
  const size_t models = static_cast<size_t>(num_models_);
  std::vector<double> weights(models, 0.3), velocity(models, 0);
  constexpr int kSteps = 200;
  for (int step = 0; step < kSteps; ++step) {
    std::vector<std::vector<double>> gradients(users_.size());
    at::parallel_for(0, std::ssize(users_), 16, [&](int64_t begin, int64_t end) {
      std::vector<double> scores;
      for (int64_t u = begin; u < end; ++u) {
        const User& user = users_[static_cast<size_t>(u)];
        const int64_t hits = std::count(user.relevant.begin(), user.relevant.end(), uint8_t{1});
        if (!in_fold(static_cast<size_t>(u), fold) || hits == 0) {
          continue;
        }
        scores.assign(user.relevant.size(), 0);
        double top = -1e300;
        for (size_t c = 0; c < scores.size(); ++c) {
          for (size_t m = 0; m < models; ++m) {
            scores[c] += weights[m] * static_cast<double>(user.features[c * models + m]);
          }
          top = std::max(top, scores[c]);
        }
        double total = 0;
        for (double& s : scores) {
          s = std::exp(s - top);
          total += s;
        }
        std::vector<double>& gradient = gradients[static_cast<size_t>(u)];
        gradient.assign(models, 0);
        for (size_t c = 0; c < scores.size(); ++c) {
          const double error = scores[c] / total - static_cast<double>(user.relevant[c]) / static_cast<double>(hits);
          for (size_t m = 0; m < models; ++m) {
            gradient[m] += error * static_cast<double>(user.features[c * models + m]);
          }
        }
      }
    });
    std::vector<double> sum(models, 0);
    int64_t counted = 0;
    for (const std::vector<double>& gradient : gradients) {  // in user order: the same bits for any number of threads
      if (!gradient.empty()) {
        ++counted;
        for (size_t m = 0; m < models; ++m) {
          sum[m] += gradient[m];
        }
      }
    }
    const double rate = 0.2 * (1 - static_cast<double>(step) / kSteps) + 0.01;
    for (size_t m = 0; m < models && counted > 0; ++m) {
      velocity[m] = 0.8 * velocity[m] - rate * sum[m] / static_cast<double>(counted);
      weights[m] = std::max(0.0, weights[m] + velocity[m]);
    }
  }
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  return total > 0 ? weights : best_single(fold);
}

at::Tensor Ranker::score(std::span<const at::Tensor> scores) const {
  HAINA_ASSERT(scores.size() == weights.size());
  at::Tensor total = at::zeros_like(scores[0]);
  for (size_t m = 0; m < weights.size(); ++m) {
    if (weights[m] > 0) {
      total.add_(standardise(scores[m]), weights[m]);
    }
  }
  return total;
}

nlohmann::json Ranker::to_json() const { return {{"models", models}, {"weights", weights}, {"fit", fit}, {"cross_fit", cross_fit}}; }

Result<Ranker> Ranker::from_json(const nlohmann::json& json, const std::string& where) {
  try {
    Ranker ranker = {json.at("models"), json.at("weights"), json.at("fit"), json.value("cross_fit", nlohmann::json::object())};
    if (ranker.models.size() == ranker.weights.size() && !ranker.models.empty()) {
      return ranker;
    }
  } catch (const nlohmann::json::exception&) {
    // answered below, with the place
  }
  return fail({ErrorCode::kBadData, "the ranker's weights are damaged", where, "make it again with haina train"});
}

Ranker fit_ranker(const std::vector<std::string>& models, const RankerSamples& samples) {
  using Fit = std::vector<double> (RankerSamples::*)(int) const;
  const std::vector<std::pair<std::string, Fit>> fits = {
      {"single", &RankerSamples::best_single}, {"greedy", &RankerSamples::fit_greedy}, {"cross_entropy", &RankerSamples::fit_cross_entropy}};
  Ranker ranker = {models, {}, "", nlohmann::json::object()};
  double best = -1;
  for (const auto& [name, fit] : fits) {
    // Two halves: fitted on one, judged on the other.
    const double value = (samples.ndcg((samples.*fit)(0), 1) + samples.ndcg((samples.*fit)(1), 0)) / 2;
    ranker.cross_fit[name] = value;
    if (value > best) {
      best = value;
      ranker.fit = name;
      ranker.weights = (samples.*fit)(-1);
    }
  }
  return ranker;
}

}  // namespace haina
