// Single pairs of a user and an item with the answer whether they match, for the network that is trained on pairs.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/seed.h"
#include "data/interactions.h"

namespace haina {

struct PairBatch {
  at::Tensor users;    // int64 [B]
  at::Tensor rows;     // int64 [R]: the distinct items of pairs and histories
  at::Tensor items;    // int64 [B], into `rows`
  at::Tensor history;  // int64 [B, L], into `rows`, without the pair's own item; 0 past the end. L may be 0
  at::Tensor lengths;  // float32 [B]: of the histories
  at::Tensor labels;   // float32 [B]: 1 where user and item match, else 0
};
PairBatch moved(const PairBatch& batch, at::Device device);

class PairSampler {
 public:
  static constexpr int64_t kLongest = 50;  // newest items of a history
  struct Options {
    int64_t negatives = 1;  // items drawn for each match, where no pair is known not to match
    bool history = true;    // whether batches hold histories
  };
  // train: goal events, which are the matches, each pair once. others: events of the same part that are not the goal;
  // those with a value are pairs that do not match. nullptr: none. Both must outlive the sampler.
  PairSampler(const Interactions& train, const Interactions* others, const Options& options);

  int64_t num_pairs() const { return std::ssize(users_); }
  // Whether the pairs that do not match were observed; else they are drawn among what the user never had.
  bool observed() const { return observed_; }
  // All pairs, shuffled, cut into steps of about `batch` pairs, drawn ones included.
  std::vector<std::vector<int32_t>> plan(int64_t batch, RandomStream& random) const;
  PairBatch draw(std::span<const int32_t> step, RandomStream& random) const;

 private:
  // The items of a user, each once, newest first.
  std::span<const int32_t> items_of(int32_t user) const;
  bool has(int32_t user, int32_t item) const;
  int32_t item_without(int32_t user, RandomStream& random) const;

  int64_t num_items_;
  Options options_;
  bool observed_ = false;
  std::vector<int64_t> offsets_;        // [users + 1]
  std::vector<int32_t> had_, sorted_;   // by user: newest first; ascending
  std::vector<int32_t> users_, items_;  // of the pairs
  std::vector<float> labels_;
};

}  // namespace haina
