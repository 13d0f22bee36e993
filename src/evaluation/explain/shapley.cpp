#include "evaluation/explain/shapley.h"

#include <ATen/ATen.h>

#include <bit>
#include <vector>

#include "base/error.h"

namespace haina {

at::Tensor shapley_values(const at::Tensor& values, int64_t players) {
  HAINA_ASSERT(players >= 1 && players <= kMostPlayers);
  HAINA_ASSERT(values.dim() == 2 && values.scalar_type() == at::kDouble && values.size(1) == int64_t{1} << players);
  // share[k] = k! (n - k - 1)! / n!: how often a player finds one given subset of k others before it.
  std::vector<double> share(static_cast<size_t>(players));
  double subsets = 1;  // of k players out of n - 1
  for (int64_t k = 0; k < players; ++k) {
    share[static_cast<size_t>(k)] = 1 / (static_cast<double>(players) * subsets);
    subsets = subsets * static_cast<double>(players - 1 - k) / static_cast<double>(k + 1);
  }
  at::Tensor weights = at::empty({values.size(1), players}, at::kDouble);
  double* const out = weights.data_ptr<double>();
  for (int64_t subset = 0; subset < values.size(1); ++subset) {
    const auto size = static_cast<size_t>(std::popcount(static_cast<uint64_t>(subset)));
    for (int64_t p = 0; p < players; ++p) {
      out[subset * players + p] = (subset >> p & 1) != 0 ? share[size - 1] : -share[size];
    }
  }
  return at::mm(values, weights);
}

}  // namespace haina
