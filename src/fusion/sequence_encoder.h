// A network that reads a history in its order and gives, for every position, a prediction of the next item from that
// position and earlier ones.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>

#include "base/seed.h"

namespace haina {

class SequenceEncoder : public torch::nn::Module {
 public:
  struct Training {
    double input = 0, hidden = 0, attention = 0;  // dropout of inputs, layers' outputs, attention weights
    RandomStream* random = nullptr;               // nullptr: no dropout
    bool bf16 = false;                            // products of bfloat16 factors, if the encoder has such products
  };
  // x: item vectors of unit length [B, L, width]; histories start at the left, and what lies beyond their ends does not
  // matter. gaps: int64 [B, L] from gap_of(), or undefined. float32 [B, L, width], each row layer-normalized.
  virtual at::Tensor forward(const at::Tensor& x, const at::Tensor& gaps, const Training& training) const = 0;

  static constexpr int64_t kGaps = 16;
  // Bucket of the time between two successive events, in powers of two of an hour; 0: unknown, or the first event.
  static int64_t gap_of(int64_t time_us, int64_t before_us);

 protected:
  // The layer norms of input and output, and the embedding of gaps that is added to the input.
  void create_frame(int64_t width);
  at::Tensor normalize_input(const at::Tensor& x, const at::Tensor& gaps, const Training& training) const;
  at::Tensor normalize_output(const at::Tensor& h) const;

 private:
  at::Tensor input_weight_, input_bias_, last_weight_, last_bias_;  // [width]
  at::Tensor gap_;                                                  // [kGaps, width]
};

}  // namespace haina
