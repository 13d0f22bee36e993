// What a step of the sequence form asks: at every position of some histories, which item comes next.
#pragma once

#include <ATen/ATen.h>

#include <span>
#include <vector>

#include "base/seed.h"
#include "data/interactions.h"
#include "fusion/trend.h"

namespace haina {

struct SequenceBatch {
  at::Tensor rows;        // int64 [R], ascending: items that are read or ranked; undefined: all, R = items
  at::Tensor inputs;      // int64 [B, L], rows of `rows`; 0 beyond an end
  at::Tensor gaps;        // int64 [B, L] from CausalTransformer::gap_of; undefined where events have no times
  at::Tensor users;       // int64 [B]
  at::Tensor places;      // int64 [N]: positions of [B, L], flat, that ask for a next item
  at::Tensor targets;     // int64 [N]: columns of the candidates
  at::Tensor candidates;  // int64 [C], rows of `rows`: targets of the batch and others drawn; undefined: all
  at::Tensor log_chance;  // float32 [C]: log of the chance that the batch has the candidate; undefined where it has all
  at::Tensor moments;     // int64 [N]: when each is asked, a row of Trend.tables; undefined without a trend
};
SequenceBatch moved(const SequenceBatch& batch, at::Device device);

class Sequences {
 public:
  struct Options {
    int64_t longest = 50;   // events that a position sees at most; longer histories are cut into pieces from their end
    int64_t tokens = 2048;  // targets a step
    int64_t negatives = 0;  // items drawn uniformly that a step's softmax is over beside its targets; 0: all items
  };
  // trend: nullptr where events have no times; else it must outlive the sequences. `train` too.
  Sequences(const Interactions& train, const Trend* trend, const Options& options);
  int64_t num_targets() const { return num_targets_; }
  // All pieces in batches of about equal numbers of targets, those of like length together, so that little is padding
  // (cut to one length, Amazon's histories would be nine tenths padding); in random order.
  std::vector<std::vector<int32_t>> plan(RandomStream& random) const;
  SequenceBatch draw(std::span<const int32_t> pieces, RandomStream& random) const;

 private:
  struct Piece {
    int32_t user;
    int64_t begin, end;  // events; the last is a target alone
    int64_t targets;     // events behind the first that the user had not had before
  };
  const Interactions& train_;
  const Trend* trend_;
  Options options_;
  std::vector<Piece> pieces_;
  std::vector<bool> repeats_;  // [events]: of an item that the user had before, which no list would hold again
  std::vector<float> share_;   // [items] of all targets
  int64_t num_targets_ = 0;
  bool timed_ = false;
};

}  // namespace haina
