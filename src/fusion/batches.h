// What a step of training asks: users whose histories lost a random share, which the network must find again.
#pragma once

#include <ATen/ATen.h>

#include <span>
#include <vector>

#include "base/seed.h"
#include "data/interactions.h"
#include "encoders/encoder.h"
#include "fusion/trend.h"

namespace haina {

struct Batch {
  at::Tensor users;        // int64 [B]
  at::Tensor kept;         // float32 [B, items]: 1 / sqrt(n) at the n kept items, which are no candidates
  at::Tensor target;       // float32 [B, items]: weight of each removed item
  at::Tensor has_history;  // float32 [B]: 0 where nothing was kept
  at::Tensor moments;      // int64 [B]: when the user is asked, a row of Trend.tables
  at::Tensor recent;       // int64 [B, L]: the newest kept items from before that moment, newest first; 0 beyond
  at::Tensor ages;         // float32 [B, L]: log(1 + days before the newest of them)
  at::Tensor lengths;      // int64 [B]: of `recent`
  double weight = 0;       // sum of target
};

// log(1 + days between them); 0 where one is kNoTime.
float log_days(int64_t later_us, int64_t earlier_us);

class Batches {
 public:
  // trend: nullptr where events have no times; else it must outlive the batches. history_dropout: chance that nothing
  // of a history is kept.
  Batches(const Interactions& train, const Trend* trend, double history_dropout);
  // Users with two different items or more.
  const std::vector<int32_t>& users() const { return users_; }
  Batch draw(std::span<const int32_t> users, RandomStream& random) const;

 private:
  Csr matrix_;                   // distinct items a user
  std::vector<int64_t> newest_;  // a cell of it: the pair's newest event, which orders them
  at::Tensor times_;             // int64 [events]
  const Trend* trend_;
  std::vector<int32_t> users_;
  bool dense_;  // long histories: a fixed small share is removed, and every target weighs alike
  double history_dropout_;
};

}  // namespace haina
