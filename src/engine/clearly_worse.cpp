#include "engine/clearly_worse.h"

#include <cmath>
#include <cstdint>
#include <numeric>

namespace haina {
namespace {

constexpr double kLeastRatio = 0.8;    // of the current mean
constexpr double kMostChance = 0.005;  // of so many users worse off where neither version is better

// P(X >= successes) for X of a binomial distribution with n trials and probability 1/2.
double upper_tail(int64_t successes, int64_t n) {
  double tail = 0;
  for (int64_t x = successes; x <= n; ++x) {
    const auto of = [](int64_t value) { return std::lgamma(static_cast<double>(value) + 1); };
    tail += std::exp(of(n) - of(x) - of(n - x) - static_cast<double>(n) * std::log(2.0));
  }
  return tail;
}

}  // namespace

bool is_clearly_worse(std::span<const double> candidate, std::span<const double> current) {
  const double of_candidate = std::accumulate(candidate.begin(), candidate.end(), 0.0);
  const double of_current = std::accumulate(current.begin(), current.end(), 0.0);
  int64_t worse = 0, differ = 0;
  for (size_t user = 0; user < current.size(); ++user) {
    worse += candidate[user] < current[user] ? 1 : 0;
    differ += candidate[user] != current[user] ? 1 : 0;
  }
  return of_candidate < kLeastRatio * of_current && upper_tail(worse, differ) < kMostChance;
}

}  // namespace haina
