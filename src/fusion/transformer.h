// A causal transformer over the fused vectors of a history: each position predicts the next item from itself and
// earlier ones (Kang and McAuley 2018, SASRec). Pre-norm blocks. Instead of absolute positions, every head learns a
// bias by distance, so that histories of all lengths look alike from their end.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "fusion/sequence_encoder.h"

namespace haina {

struct TransformerShape {
  int64_t width = 128;
  int64_t layers = 2;
  int64_t heads = 2;     // lowered until it divides the width
  int64_t longest = 50;  // larger distances have the bias of this one
};

class CausalTransformer final : public SequenceEncoder {
 public:
  CausalTransformer(const TransformerShape& shape, at::Generator generator);

  at::Tensor forward(const at::Tensor& x, const at::Tensor& gaps, const Training& training) const override;

 private:
  struct Block {
    at::Tensor norm_weight, norm_bias;            // [width], of the attention
    at::Tensor qkv, qkv_bias, join, join_bias;    // [3 width, width], [3 width], [width, width], [width]
    at::Tensor distance;                          // [heads, longest]
    at::Tensor norm2_weight, norm2_bias;          // [width], of the feed-forward layers
    at::Tensor wide, wide_bias, back, back_bias;  // [4 width, width], …
  };
  at::Tensor attend(const Block& block, const at::Tensor& x, const Training& training) const;

  TransformerShape shape_;
  std::vector<Block> blocks_;
};

}  // namespace haina
