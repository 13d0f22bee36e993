// What was taken of late, at many moments of the past: the part of a choice that belongs to its time and not to its
// user. The network adds it to its logits, so that what it learns of users and items is what the trend does not already
// say (MovieLens-100K by time, network alone, NDCG@10 .250 against .203).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "data/interactions.h"

namespace haina {

struct Trend {
  static constexpr int64_t kScales = 3;  // half-lives of 1 %, 4 % and 16 % of the time that all events span
  static constexpr int64_t kMoments = 64;

  std::vector<int64_t> starts;  // µs, ascending; moment m holds the events from starts[m] until starts[m + 1]
  at::Tensor tables;  // float32 [moments, kScales, items]: log(1 + decayed count) of the events before starts[m], and
                      // of nothing later
  at::Tensor now;     // float32 [kScales, items]: the same of all events, at the newest

  // The moment a time lies in; times before the first lie in it.
  int64_t moment_of(int64_t time_us) const;
};

// nullopt where events have no times, or all the same.
std::optional<Trend> trend_of(const Interactions& train);

}  // namespace haina
