// What reads a history in its order: of every position, what it says of the next, from itself and what came before.
#pragma once

#include <ATen/ATen.h>
#include <torch/nn.h>

#include "base/seed.h"

namespace haina {

class SequenceReader : public torch::nn::Module {
 public:
  struct Training {
    double input = 0, hidden = 0, attention = 0;  // shares dropped
    RandomStream* random = nullptr;               // nullptr: none of them
    bool halves = false;                          // products of bfloat16, where the reader has such
  };
  // x: item vectors of unit length [B, L, width], histories from the left, anything beyond their ends, which no
  // position before can see. gaps: int64 [B, L] from gap_of(), or undefined. float32 [B, L, width], each row
  // layer-normed.
  virtual at::Tensor forward(const at::Tensor& x, const at::Tensor& gaps, const Training& training) const = 0;

  static constexpr int64_t kGaps = 16;
  // How long before an event the one before it was, by powers of two from an hour; 0: unknown or the first.
  static int64_t gap_of(int64_t time_us, int64_t before_us);

 protected:
  // Its own norms of what comes in and goes out, and what a gap adds to the event behind it.
  void create_frame(int64_t width);
  at::Tensor take_in(const at::Tensor& x, const at::Tensor& gaps, const Training& training) const;
  at::Tensor give_out(const at::Tensor& h) const;

 private:
  at::Tensor input_weight_, input_bias_, last_weight_, last_bias_;  // [width]
  at::Tensor gap_;                                                  // [kGaps, width]
};

}  // namespace haina
