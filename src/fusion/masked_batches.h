// Batches of the set form: users of whose histories a random share was removed, which the network must predict.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/seed.h"
#include "data/interactions.h"
#include "encoders/encoder.h"
#include "fusion/trend.h"

namespace haina {

struct Batch {
  at::Tensor users;         // int64 [B]
  at::Tensor candidates;    // int64 [C], ascending: the items of the softmax; undefined: all, C = items
  at::Tensor log_weight;    // float32 [C]: log of how many items each stands for; undefined if it has all items
  at::Tensor kept;          // float32 [B, C]: 1 / sqrt(n) at the n kept items, which are not targets
  at::Tensor target;        // float32 [B, C]: weight of each removed item
  at::Tensor has_history;   // float32 [B]: 0 if nothing was kept, else 1
  at::Tensor time_buckets;  // int64 [B]: the time of the prediction, a row of Trend.tables
  at::Tensor recent;        // int64 [B, L]: columns of the newest kept items from before that time, newest first; 0
                            // beyond the end
  at::Tensor ages;          // float32 [B, L]: log(1 + days before the newest of these)
  at::Tensor lengths;       // int64 [B]: how many entries of `recent` count
  double weight = 0;        // sum of target
  bool dense = false;       // whether histories are long on average
};
Batch moved(const Batch& batch, at::Device device);

// log(1 + days between the two times); 0 if one of them is kNoTime.
float log_days(int64_t later_us, int64_t earlier_us);

class MaskedBatchSampler {
 public:
  // trend: nullptr if events have no times; else it must outlive the sampler. history_dropout: probability that nothing
  // of a history is kept. candidates: how many items the softmax of a batch has; 0: all. The items of the batch's users
  // have weight 1; the others are drawn uniformly without repeats and reweighted, so that the softmax denominator is
  // unbiased.
  MaskedBatchSampler(const Interactions& train, const Trend* trend, double history_dropout, int64_t candidates = 0);
  // Users with two different items or more.
  const std::vector<int32_t>& users() const { return users_; }
  Batch draw(std::span<const int32_t> users, RandomStream& random) const;

 private:
  // A user's history after masking.
  struct MaskedHistory {
    std::vector<size_t> kept, removed;  // positions in the user's row of the matrix
    std::vector<int64_t> recent;        // the newest kept cells of the matrix, newest first
    int64_t time_bucket = 0;            // when the removed items are to be predicted
  };
  MaskedHistory mask(int32_t user, RandomStream& random) const;
  // Keeps only what is in line with predicting at the time of one removed item, chosen at random.
  void set_time(int64_t first_cell, MaskedHistory& masked, RandomStream& random) const;
  void fill_recent(std::span<const MaskedHistory> masked, Batch& batch) const;
  void choose_candidates(std::span<const int32_t> users, RandomStream& random, Batch& batch) const;

  Csr matrix_;                   // distinct items of each user
  std::vector<int64_t> newest_;  // per cell: the newest event of the pair; orders a history
  at::Tensor times_;             // int64 [events]
  const Trend* trend_;
  std::vector<int32_t> users_;
  bool dense_;  // long histories: a fixed small share is removed, and all targets have weight 1
  double history_dropout_;
  int64_t candidates_;
};

}  // namespace haina
