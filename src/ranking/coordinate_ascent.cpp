#include "ranking/coordinate_ascent.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include "base/seed.h"
#include "config/ranking_metrics.h"
#include "ranking/blender.h"

namespace haina {
namespace {

// One user's candidates, laid out for the ascent.
struct AscentUser {
  const RankerSamples::User* user;
  std::vector<float> columns;   // [models, candidates], standardised scores
  std::vector<float> scores;    // [candidates], under the current weights
  std::vector<size_t> targets;  // indices of the held-out candidates
};

// NDCG of the user's scores plus `step` times one model's column. `moved` is scratch space for the sums.
double ndcg_after_step(const AscentUser& of, size_t model, float step, std::vector<float>& moved) {
  const size_t n = of.scores.size();
  const float* const column = of.columns.data() + model * n;
  moved.resize(n);
  for (size_t c = 0; c < n; ++c) {
    moved[c] = of.scores[c] + step * column[c];
  }
  constexpr size_t kFew = 8;  // up to so many targets, counting what ranks before each is faster than sorting
  if (of.targets.size() > kFew) {
    return sample_ndcg_of(*of.user, moved);
  }
  double sum = 0;
  for (const size_t at : of.targets) {
    const float own = moved[at];
    int32_t before = 0;
    for (size_t c = 0; c < at; ++c) {
      before += static_cast<int32_t>(moved[c] >= own);  // equal scores: the smaller item first
    }
    for (size_t c = at + 1; c < n; ++c) {
      before += static_cast<int32_t>(moved[c] > own);
    }
    if (before < kRankerCutoff) {
      const Hit hit = {.rank = before, .gain = static_cast<double>(of.user->relevant[at])};
      sum += dcg({&hit, 1});
    }
  }
  return of.user->ideal > 0 ? sum / of.user->ideal * of.user->weight : 0;
}

double mean_after_step(std::span<const AscentUser> users, size_t model, float step) {
  std::vector<double> values(users.size(), 0);
  at::parallel_for(0, std::ssize(users), 64, [&](int64_t begin, int64_t end) {
    std::vector<float> moved;
    for (int64_t i = begin; i < end; ++i) {
      values[static_cast<size_t>(i)] = ndcg_after_step(users[static_cast<size_t>(i)], model, step, moved);
    }
  });
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(std::max<size_t>(1, users.size()));
}

std::vector<AscentUser> ascent_users(const RankerSamples& samples, std::span<const int64_t> users,
                                     std::span<const double> weights) {
  std::vector<AscentUser> all;
  for (const int64_t u : users) {
    const RankerSamples::User& user = samples.users()[static_cast<size_t>(u)];
    const size_t n = user.relevant.size();
    AscentUser one = {.user = &user,
                      .columns = std::vector<float>(weights.size() * n),
                      .scores = std::vector<float>(n, 0),
                      .targets = {}};
    for (size_t c = 0; c < n; ++c) {
      for (size_t m = 0; m < weights.size(); ++m) {
        const float value = user.features[c * weights.size() + m];
        one.columns[m * n + c] = value;
        one.scores[c] += static_cast<float>(weights[m]) * value;
      }
      if (user.relevant[c] != 0) {
        one.targets.push_back(c);
      }
    }
    all.push_back(std::move(one));
  }
  return all;
}

// Adds `step` times a model's column to every user's scores, which are then divided by `total`.
void take_step(std::span<AscentUser> users, size_t model, float step, float total) {
  for (AscentUser& one : users) {
    const float* const column = one.columns.data() + model * one.scores.size();
    for (size_t c = 0; c < one.scores.size(); ++c) {
      one.scores[c] = (one.scores[c] + step * column[c]) / total;
    }
  }
}

// Coordinate ascent on NDCG from `start`; weights stay >= 0 and sum to 1. Multiplying all weights by one number does
// not change a list, so a step costs one column.
std::vector<double> fit_greedy(const RankerSamples& samples, std::span<const int64_t> users,
                               std::vector<double> start) {
  constexpr double kLeastGain = 1e-5;
  std::vector<double> weights = std::move(start);
  std::vector<AscentUser> ascent = ascent_users(samples, users, weights);
  double value = mean_after_step(ascent, 0, 0);
  for (double step = 0.4; step > 0.04; step /= 2) {
    for (bool improved = true; improved;) {
      improved = false;
      for (size_t m = 0; m < weights.size(); ++m) {
        for (const double change : {step, -step}) {
          const double moved = std::max(0.0, weights[m] + change);
          const double total = std::accumulate(weights.begin(), weights.end(), 0.0) + moved - weights[m];
          if (total <= 0 || moved == weights[m]) {
            continue;
          }
          const auto by = static_cast<float>(moved - weights[m]);
          const double after = mean_after_step(ascent, m, by);
          if (after <= value + kLeastGain) {
            continue;
          }
          value = after;
          improved = true;
          weights[m] = moved;
          for (double& w : weights) {
            w /= total;
          }
          take_step(ascent, m, by, static_cast<float>(total));
        }
      }
    }
  }
  return weights;
}

}  // namespace

std::vector<double> fit_single(const RankerSamples& samples, std::span<const int64_t> users) {
  const size_t models = static_cast<size_t>(samples.num_models());
  const std::vector<double> none(models, 0);
  const std::vector<AscentUser> ascent = ascent_users(samples, users, none);
  std::vector<double> best = none;
  double best_value = -1;
  for (size_t m = 0; m < models; ++m) {
    if (const double value = mean_after_step(ascent, m, 1); value > best_value) {
      best_value = value;
      best = none;
      best[m] = 1;
    }
  }
  return best;
}

std::vector<double> fit_bagged(const RankerSamples& samples, std::span<const int64_t> users,
                               const std::vector<double>& start, uint64_t seed) {
  constexpr int kBags = 8;
  constexpr int64_t kMostUsers = 500;
  RandomStream random(seed, "ranking/bags");
  std::vector<double> mean(start.size(), 0);
  for (int bag = 0; bag < kBags; ++bag) {
    std::vector<int64_t> drawn;
    for (int64_t i = 0; i < std::min(kMostUsers, std::ssize(users)); ++i) {
      drawn.push_back(users[static_cast<size_t>(random.below(std::ssize(users)))]);
    }
    const std::vector<double> weights = fit_greedy(samples, drawn, start);
    for (size_t m = 0; m < mean.size(); ++m) {
      mean[m] += weights[m] / kBags;
    }
  }
  return mean;
}

}  // namespace haina
