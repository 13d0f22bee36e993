#include "fusion/trend.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace haina {
namespace {

constexpr double kHalfLifeShares[Trend::kScales] = {0.01, 0.04, 0.16};

// Trend::absent.
at::Tensor absent_items(const Interactions& train, const Trend& trend) {
  const int64_t* const times = train.times.const_data_ptr<int64_t>();
  const int32_t* const items = train.items.const_data_ptr<int32_t>();
  const auto buckets = std::ssize(trend.starts);
  std::vector<int64_t> first(static_cast<size_t>(train.num_items), buckets);
  std::vector<int64_t> events(static_cast<size_t>(train.num_items), 0);
  for (int64_t i = 0; i < train.num_events(); ++i) {
    int64_t& of_item = first[static_cast<size_t>(items[i])];
    of_item = std::min(of_item, times[i] == kNoTime ? 0 : trend.bucket_of(times[i]));
    ++events[static_cast<size_t>(items[i])];
  }
  at::Tensor absent = at::zeros({buckets, train.num_items}, at::kBool);
  for (int64_t item = 0; item < train.num_items; ++item) {
    const auto i = static_cast<size_t>(item);
    const int64_t since = events[i] == 0 ? buckets : first[i] - (buckets - first[i]) / events[i];
    for (int64_t bucket = 0; bucket < since; ++bucket) {
      absent.data_ptr<bool>()[bucket * train.num_items + item] = true;
    }
  }
  return absent;
}

}  // namespace

int64_t Trend::bucket_of(int64_t time_us) const {
  const auto after = std::upper_bound(starts.begin(), starts.end(), time_us);
  return std::max<int64_t>(0, after - starts.begin() - 1);
}

std::optional<Trend> trend_of(const Interactions& train) {
  const int64_t* const times = train.times.const_data_ptr<int64_t>();
  const int32_t* const items = train.items.const_data_ptr<int32_t>();
  std::vector<int64_t> order;
  for (int64_t i = 0; i < train.num_events(); ++i) {
    if (times[i] != kNoTime) {
      order.push_back(i);
    }
  }
  if (order.empty()) {
    return std::nullopt;
  }
  std::ranges::stable_sort(order, {}, [&](int64_t i) { return times[i]; });
  const int64_t first = times[order.front()];
  const int64_t last = times[order.back()];
  if (first == last) {
    return std::nullopt;
  }
  Trend trend;
  for (int64_t m = 0; m < Trend::kBuckets; ++m) {
    const int64_t start = times[order[static_cast<size_t>(m * std::ssize(order) / Trend::kBuckets)]];
    if (trend.starts.empty() || start > trend.starts.back()) {
      trend.starts.push_back(start);
    }
  }
  const int64_t time_buckets = std::ssize(trend.starts);
  trend.tables = at::zeros({time_buckets, Trend::kScales, train.num_items});
  trend.now = at::zeros({Trend::kScales, train.num_items});
  for (int64_t s = 0; s < Trend::kScales; ++s) {
    const double half_life = kHalfLifeShares[s] * (static_cast<double>(last) - static_cast<double>(first));
    std::vector<double> counts(static_cast<size_t>(train.num_items), 0);  // decayed to the time as_of
    int64_t as_of = first;
    size_t next = 0;
    // Counts the events before `until` and decays all counts to it.
    const auto advance = [&](int64_t until, bool with_until, float* out) {
      const double decay = std::exp2(-(static_cast<double>(until) - static_cast<double>(as_of)) / half_life);
      for (double& count : counts) {
        count *= decay;
      }
      as_of = until;
      for (; next < order.size() && (times[order[next]] < until || with_until); ++next) {
        counts[static_cast<size_t>(items[order[next]])] +=
            std::exp2((static_cast<double>(times[order[next]]) - static_cast<double>(until)) / half_life);
      }
      for (size_t i = 0; i < counts.size(); ++i) {
        out[i] = static_cast<float>(std::log1p(counts[i]));
      }
    };
    for (int64_t m = 0; m < time_buckets; ++m) {
      advance(trend.starts[static_cast<size_t>(m)], false,
              trend.tables.data_ptr<float>() + (m * Trend::kScales + s) * train.num_items);
    }
    advance(last, true, trend.now.data_ptr<float>() + s * train.num_items);
  }
  trend.absent = absent_items(train, trend);
  return trend;
}

}  // namespace haina
