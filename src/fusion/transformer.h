// A causal transformer over the fused vectors of a history: what each position says of the next, from itself and what
// came before (Kang and McAuley 2018, SASRec). Pre-norm blocks; no absolute places, but a learned bias by distance for
// every head, so that histories of any length look alike from their end.
#pragma once

#include <ATen/ATen.h>
#include <torch/nn.h>

#include <vector>

#include "base/seed.h"

namespace haina {

struct TransformerShape {
  int64_t width = 128;
  int64_t layers = 2;
  int64_t heads = 2;     // made smaller until it divides the width
  int64_t longest = 50;  // distances beyond have the bias of the farthest
};

class CausalTransformer : public torch::nn::Module {
 public:
  CausalTransformer(const TransformerShape& shape, at::Generator generator);

  struct Training {
    double input = 0, hidden = 0, attention = 0;  // shares dropped
    RandomStream* random = nullptr;               // nullptr: none of them
    bool halves = false;                          // products of bfloat16
  };
  // x: item vectors of unit length [B, L, width], histories from the left, anything beyond their ends, which no
  // position before can see. gaps: int64 [B, L] from gap_of(), or undefined. float32 [B, L, width], each row
  // layer-normed.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& gaps, const Training& training) const;

  static constexpr int64_t kGaps = 16;
  // How long before an event the one before it was, by powers of two from an hour; 0: unknown or the first.
  static int64_t gap_of(int64_t time_us, int64_t before_us);

 private:
  struct Block {
    at::Tensor norm_weight, norm_bias;            // [width], of the attention
    at::Tensor qkv, qkv_bias, join, join_bias;    // [3 width, width], [3 width], [width, width], [width]
    at::Tensor distance;                          // [heads, longest]
    at::Tensor norm2_weight, norm2_bias;          // [width], of the feed-forward part
    at::Tensor wide, wide_bias, back, back_bias;  // [4 width, width], …
  };
  at::Tensor attend(const Block& block, const at::Tensor& x, const Training& training) const;

  TransformerShape shape_;
  at::Tensor input_weight_, input_bias_, last_weight_, last_bias_;  // [width]
  at::Tensor gap_;                                                  // [kGaps, width]
  std::vector<Block> blocks_;
};

}  // namespace haina
