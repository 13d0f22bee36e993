// Who did what to what, when: the training view of events, compressed by user in time order.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>

#include "kernels/csr.h"

namespace haina {

constexpr int64_t kNoTime = INT64_MIN;
constexpr double kMicrosPerDay = 86400e6;

// Row u holds the events of user u, oldest first (ties and missing times: input order). An item may stand in a row more
// than once.
struct Interactions {
  int64_t num_users = 0;
  int64_t num_items = 0;
  at::Tensor offsets;  // int64 [users + 1]
  at::Tensor items;    // int32 [events]
  at::Tensor actions;  // uint8 [events], row of Dataset.actions
  at::Tensor weights;  // float32 [events], > 0; 1 unless the source says otherwise
  at::Tensor values;   // float32 [events], what the source calls value (a rating, a count); NaN where missing
  at::Tensor times;    // int64 [events], µs since 1970 UTC; kNoTime where missing

  int64_t num_events() const { return items.size(0); }
  std::span<const int32_t> row(int64_t user) const {
    const int64_t* o = offsets.const_data_ptr<int64_t>();
    return {items.const_data_ptr<int32_t>() + o[user], static_cast<size_t>(o[user + 1] - o[user])};
  }
  // The user-item matrix: repeated pairs merged (largest weight), columns ascending. [users, items]
  Csr matrix() const;
  // float32 [items]: events an item, each 0.5^(age / half_life_days) against the newest event; half_life_days 0, or no
  // times: plain counts.
  at::Tensor item_counts(double half_life_days) const;
  // Newest time, or kNoTime.
  int64_t latest_time() const;
  bool has_times() const { return latest_time() != kNoTime; }
};

}  // namespace haina
