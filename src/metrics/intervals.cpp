// A resample is a row of counts (how often each user was drawn), so the means of all metrics are one matrix product,
// counts x values.
#include "metrics/intervals.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>

#include "base/error.h"
#include "base/seed.h"

namespace haina {
namespace {

constexpr int64_t kResamplesAChunk = 16;  // x 10^5 users x 8 B = 13 MB of counts per thread

// Linear interpolation between the order statistics (numpy's default).
double quantile(std::span<const double> ascending, double q) {
  const double position = q * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, ascending.size() - 1);
  return ascending[below] + (position - static_cast<double>(below)) * (ascending[above] - ascending[below]);
}

}  // namespace

std::vector<Interval> bootstrap_means(const at::Tensor& values, const ResampleOptions& options) {
  HAINA_ASSERT(values.dim() == 2 && values.scalar_type() == at::kDouble && options.resamples > 0);
  const int64_t users = values.size(0), metrics = values.size(1);
  std::vector<Interval> result(static_cast<size_t>(metrics));
  if (users == 0) {
    return result;
  }
  const at::Tensor defined = values.isnan().logical_not().to(at::kDouble);
  const at::Tensor filled =
      values.nan_to_num(0, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity());
  const at::Tensor means =
      (filled.sum(0) / defined.sum(0)).contiguous();  // 0 / 0 = NaN: a metric that is defined for no user
  at::Tensor resampled = at::empty({options.resamples, metrics}, at::kDouble);
  const int64_t chunks = (options.resamples + kResamplesAChunk - 1) / kResamplesAChunk;
  const uint64_t seed = derive_seed(options.seed, "bootstrap");
  at::parallel_for(0, chunks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t chunk = begin; chunk < end; ++chunk) {
      const int64_t first = chunk * kResamplesAChunk, size = std::min(kResamplesAChunk, options.resamples - first);
      const at::Tensor counts = at::zeros({size, users}, at::kDouble);
      RandomStream stream(seed +
                          static_cast<uint64_t>(chunk));  // one stream per chunk: the draws do not depend on threads
      for (int64_t r = 0; r < size; ++r) {
        double* count = counts.data_ptr<double>() + r * users;
        for (int64_t i = 0; i < users; ++i) {
          ++count[stream.below(users)];
        }
      }
      resampled.narrow(0, first, size).copy_(counts.mm(filled) / counts.mm(defined));
    }
  });
  const double tail = (1 - options.confidence) / 2;
  for (int64_t m = 0; m < metrics; ++m) {
    const at::Tensor column = resampled.select(1, m).contiguous();
    std::vector<double> drawn(column.const_data_ptr<double>(), column.const_data_ptr<double>() + column.numel());
    std::erase_if(drawn, [](double mean) { return std::isnan(mean); });  // a resample without any defined user
    std::sort(drawn.begin(), drawn.end());
    Interval& interval = result[static_cast<size_t>(m)];
    interval.value = means.const_data_ptr<double>()[m];
    if (!drawn.empty()) {
      interval.low = quantile(drawn, tail);
      interval.high = quantile(drawn, 1 - tail);
    }
  }
  return result;
}

std::vector<double> holm_corrected(std::span<const double> p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](size_t i) { return p[i]; });
  std::vector<double> corrected(p.size());
  double least = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    least = std::max(least, std::min(1.0, static_cast<double>(p.size() - rank) * p[order[rank]]));
    corrected[order[rank]] = least;
  }
  return corrected;
}

PairedDifference paired_difference(const at::Tensor& first, const at::Tensor& second, const ResampleOptions& options) {
  HAINA_ASSERT(first.sizes() == second.sizes() && first.dim() == 1);
  at::Tensor difference = first - second;
  difference = difference.masked_select(difference.isnan().logical_not()).contiguous();
  PairedDifference result{.delta = bootstrap_means(difference.unsqueeze(1), options)[0]};
  // A user whose two values agree adds nothing to a sum of signs, so only the others are flipped. Where hits are rare,
  // that leaves few users.
  const at::Tensor nonzero = difference.masked_select(difference != 0).contiguous();
  const std::span<const double> differences(nonzero.const_data_ptr<double>(), static_cast<size_t>(nonzero.numel()));
  if (differences.empty()) {
    return result;
  }
  double observed = 0, magnitude = 0;
  for (const double value : differences) {
    observed += value;
    magnitude += std::abs(value);
  }
  // Flips that give the same sum up to rounding count as reaching it.
  const double threshold = std::abs(observed) - 1e-12 * magnitude;
  std::vector<char> reached(static_cast<size_t>(options.resamples), 0);
  const uint64_t seed = derive_seed(options.seed, "sign flips");
  at::parallel_for(0, options.resamples, kResamplesAChunk, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      RandomStream stream(seed + static_cast<uint64_t>(r));
      double sum = 0;
      uint64_t bits = 0;
      for (size_t i = 0; i < differences.size(); ++i) {
        bits = i % 64 == 0 ? stream.next() : bits >> 1;
        sum += (bits & 1) != 0 ? differences[i] : -differences[i];
      }
      reached[static_cast<size_t>(r)] = std::abs(sum) >= threshold ? 1 : 0;
    }
  });
  // The observed signs are one of the possible draws, so p is never 0.
  const auto count = static_cast<double>(std::count(reached.begin(), reached.end(), 1));
  result.p = (count + 1) / (static_cast<double>(options.resamples) + 1);
  // Where no draw reached it, p is smaller than draws can tell, and corrections for many tests need to know how small.
  // A sum of many random signs is normal, with the sum of squares as its variance.
  constexpr size_t kMany = 50;
  if (count == 0 && differences.size() >= kMany) {
    double squares = 0;
    for (const double value : differences) {
      squares += value * value;
    }
    result.p = std::min(result.p, std::erfc(std::abs(observed) / std::sqrt(2 * squares)));
  }
  return result;
}

}  // namespace haina
