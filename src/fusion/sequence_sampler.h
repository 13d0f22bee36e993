// Batches of the sequence form: histories, of which the network predicts the next item at every position.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/seed.h"
#include "data/interactions.h"
#include "fusion/trend.h"

namespace haina {

struct SequenceBatch {
  at::Tensor rows;          // int64 [R], ascending: the items that the batch reads or ranks; undefined: all, R = items
  at::Tensor inputs;        // int64 [B, L], indices into `rows`; 0 beyond the end
  at::Tensor gaps;          // int64 [B, L] from SequenceEncoder::gap_of; undefined if events have no times
  at::Tensor users;         // int64 [B]
  at::Tensor places;        // int64 [N]: flat positions in [B, L] at which the next item is predicted
  at::Tensor targets;       // int64 [N]: the next items, as columns of the candidates
  at::Tensor candidates;    // int64 [C], indices into `rows`: the batch's targets and random items; undefined: all
  at::Tensor log_chance;    // float32 [C]: log of the probability that the item is a candidate; undefined if all are
  at::Tensor time_buckets;  // int64 [N]: the time of each target, a row of Trend.tables; undefined without a trend
};
SequenceBatch moved(const SequenceBatch& batch, at::Device device);

class SequenceSampler {
 public:
  struct Options {
    int64_t longest = 50;   // events of a piece; longer histories are cut into pieces, starting from their end
    int64_t tokens = 2048;  // targets per step
    int64_t negatives = 0;  // random items in a step's softmax besides its targets; 0: all items
  };
  // train and trend must outlive the sampler. trend: nullptr if events have no times.
  SequenceSampler(const Interactions& train, const Trend* trend, const Options& options);
  int64_t num_targets() const { return num_targets_; }
  // All pieces in batches of about equal numbers of targets, in random order. Pieces of similar length are in one
  // batch, so that little is padding (with one length for all, Amazon's histories would be 90 % padding).
  std::vector<std::vector<int32_t>> plan(RandomStream& random) const;
  SequenceBatch draw(std::span<const int32_t> pieces, RandomStream& random) const;

 private:
  struct Piece {
    int32_t user;
    int64_t begin, end;  // events; the last one is only a target
    int64_t targets;     // events after the first whose item is new to the user
  };
  // Row and column of each item in a batch; both empty: the item itself.
  struct ItemIndex {
    std::vector<int64_t> row, column;
  };
  // Sets the batch's rows and candidates.
  ItemIndex choose_items(std::span<const int32_t> pieces, int64_t targets, RandomStream& random,
                         SequenceBatch& batch) const;

  const Interactions& train_;
  const Trend* trend_;
  Options options_;
  std::vector<Piece> pieces_;
  std::vector<bool> repeats_;  // [events]: whether the user had the item before; such events are not targets
  std::vector<float> share_;   // [items]: share of all targets
  int64_t num_targets_ = 0;
  bool timed_ = false;
};

}  // namespace haina
