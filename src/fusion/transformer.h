// A causal transformer over the fused vectors of a history: what each position says of the next, from itself and what
// came before (Kang and McAuley 2018, SASRec). Pre-norm blocks; no absolute places, but a learned bias by distance for
// every head, so that histories of any length look alike from their end.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "fusion/sequence_encoder.h"

namespace haina {

struct TransformerShape {
  int64_t width = 128;
  int64_t layers = 2;
  int64_t heads = 2;     // made smaller until it divides the width
  int64_t longest = 50;  // distances beyond have the bias of the farthest
};

class CausalTransformer final : public SequenceReader {
 public:
  CausalTransformer(const TransformerShape& shape, at::Generator generator);

  at::Tensor forward(const at::Tensor& x, const at::Tensor& gaps, const Training& training) const override;

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
  std::vector<Block> blocks_;
};

}  // namespace haina
