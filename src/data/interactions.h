// Events as models are fitted on them: compressed by user, in order of time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "kernels/csr.h"

namespace haina {

constexpr int64_t kNoTime = INT64_MIN;
constexpr double kMicrosPerDay = 86400e6;

// Row u holds the events of user u, oldest first (equal and missing times: input order). An item may occur in a row
// more than once.
struct Interactions {
  int64_t num_users = 0;
  int64_t num_items = 0;
  at::Tensor offsets;  // int64 [users + 1]
  at::Tensor items;    // int32 [events]
  at::Tensor actions;  // uint8 [events], row of Dataset.actions
  at::Tensor weights;  // float32 [events], > 0; 1 where the source has no weights
  at::Tensor values;   // float32 [events], the value column of the source (a rating, a count); NaN where missing
  at::Tensor times;    // int64 [events], µs since 1970 UTC; kNoTime where missing

  int64_t num_events() const { return items.size(0); }
  std::span<const int32_t> row(int64_t user) const {
    const int64_t* o = offsets.const_data_ptr<int64_t>();
    return {items.const_data_ptr<int32_t>() + o[user], static_cast<size_t>(o[user + 1] - o[user])};
  }
  // The user-item matrix: repeated pairs merged (largest weight), columns ascending. [users, items]
  Csr matrix() const;
  // float32 [items]: number of events of each item, each weighted by 0.5^(age / half_life_days), where the age is
  // counted from the newest event. Plain counts for half_life_days = 0 or without times.
  at::Tensor item_counts(double half_life_days) const;
  // Time of the newest event, or kNoTime.
  int64_t latest_time() const;
  bool has_times() const { return latest_time() != kNoTime; }
};

}  // namespace haina
