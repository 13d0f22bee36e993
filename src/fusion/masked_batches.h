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
  at::Tensor candidates;   // int64 [C], items that the softmax is over, ascending; undefined: all, C = items
  at::Tensor log_weight;   // float32 [C]: log of how many items each stands for; undefined where it is over all
  at::Tensor kept;         // float32 [B, C]: 1 / sqrt(n) at the n kept items, which are no targets
  at::Tensor target;       // float32 [B, C]: weight of each removed item
  at::Tensor has_history;  // float32 [B]: 0 where nothing was kept
  at::Tensor moments;      // int64 [B]: when the user is asked, a row of Trend.tables
  at::Tensor recent;       // int64 [B, L]: columns of the newest kept items from before that moment, newest first; 0
                           // beyond
  at::Tensor ages;         // float32 [B, L]: log(1 + days before the newest of them)
  at::Tensor lengths;      // int64 [B]: of `recent`
  double weight = 0;       // sum of target
  bool dense = false;      // whether histories are long
};
Batch moved(const Batch& batch, at::Device device);

// log(1 + days between them); 0 where one is kNoTime.
float log_days(int64_t later_us, int64_t earlier_us);

class Batches {
 public:
  // trend: nullptr where events have no times; else it must outlive the batches. history_dropout: chance that nothing
  // of a history is kept. candidates: how many items a batch is about, 0 for all. They are those of its users, which
  // stand for themselves, and others drawn uniformly without repeats, each of which stands for as many of the rest as
  // there are to one drawn: so that the sum of a softmax over them is that over all items in the mean.
  Batches(const Interactions& train, const Trend* trend, double history_dropout, int64_t candidates = 0);
  // Users with two different items or more.
  const std::vector<int32_t>& users() const { return users_; }
  Batch draw(std::span<const int32_t> users, RandomStream& random) const;

 private:
  // The positions of a user's row that are kept and removed, and the moment at which the removed ones are asked for.
  struct Question {
    std::vector<size_t> in, out;
    std::vector<int64_t> recent;  // cells of the matrix, newest first
    int64_t moment = 0;
  };
  Question ask(int32_t user, RandomStream& random) const;
  void choose_candidates(std::span<const int32_t> users, RandomStream& random, Batch& batch) const;

  Csr matrix_;                   // distinct items a user
  std::vector<int64_t> newest_;  // a cell of it: the pair's newest event, which orders them
  at::Tensor times_;             // int64 [events]
  const Trend* trend_;
  std::vector<int32_t> users_;
  bool dense_;  // long histories: a fixed small share is removed, and every target weighs alike
  double history_dropout_;
  int64_t candidates_;
};

}  // namespace haina
