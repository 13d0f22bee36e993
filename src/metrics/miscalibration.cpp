#include "metrics/miscalibration.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/error.h"

namespace haina {
namespace {

constexpr double kOfHistory = 0.01;  // of p in q, which keeps the divergence finite; Steck's alpha
constexpr int64_t kUsersATask = 64;

// Adds an item's categories, which sum to `weight`, to `mix`; returns what was added.
double add_categories(const Csr& categories, int32_t item, double weight, std::vector<double>& mix) {
  const auto columns = categories.row(item);
  const auto values = categories.row_values(item);
  double total = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    total += values[i];
  }
  if (total <= 0) {
    return 0;
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    mix[static_cast<size_t>(columns[i])] += weight * values[i] / total;
  }
  return weight;
}

// of_history sums to history; of_list to shown, which may be 0.
double divergence(const std::vector<double>& of_history, double history, const std::vector<double>& of_list,
                  double shown) {
  double sum = 0;
  for (size_t g = 0; g < of_history.size(); ++g) {
    if (const double p = of_history[g] / history; p > 0) {
      const double q = shown > 0 ? of_list[g] / shown : 0;
      sum += p * std::log(p / ((1 - kOfHistory) * q + kOfHistory * p));
    }
  }
  return sum;
}

}  // namespace

UserMetrics miscalibration(const RankedLists& lists, const Csr& histories, const Csr& categories,
                           std::span<const int64_t> ks) {
  const at::Tensor items = lists.items.contiguous();
  const int64_t users = items.size(0), width = items.size(1), columns = std::ssize(ks);
  HAINA_ASSERT(histories.num_rows() == users && histories.num_cols == categories.num_rows());
  UserMetrics result;
  for (const int64_t k : ks) {
    result.names.push_back("miscalibration@" + std::to_string(k));
  }
  result.values = at::full({users, columns}, std::numeric_limits<double>::quiet_NaN(), at::kDouble);
  const int32_t* const shown_items = items.const_data_ptr<int32_t>();
  double* const out = result.values.data_ptr<double>();
  at::parallel_for(0, users, kUsersATask, [&](int64_t begin, int64_t end) {
    std::vector<double> of_history(static_cast<size_t>(categories.num_cols)), of_list(of_history.size());
    for (int64_t u = begin; u < end; ++u) {
      std::ranges::fill(of_history, 0);
      const auto taken = histories.row(u);
      const auto times = histories.row_values(u);
      double history = 0;
      for (size_t i = 0; i < taken.size(); ++i) {
        history += add_categories(categories, taken[i], times[i], of_history);
      }
      for (int64_t c = 0; history > 0 && c < columns; ++c) {
        std::ranges::fill(of_list, 0);
        double shown = 0;
        for (int64_t i = 0; i < std::min(ks[static_cast<size_t>(c)], width); ++i) {
          if (const int32_t item = shown_items[u * width + i]; item >= 0) {
            shown += add_categories(categories, item, 1, of_list);
          }
        }
        out[u * columns + c] = divergence(of_history, history, of_list, shown);
      }
    }
  });
  return result;
}

}  // namespace haina
