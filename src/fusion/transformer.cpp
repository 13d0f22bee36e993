#include "fusion/transformer.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "fusion/dropout.h"

namespace haina {
namespace {

constexpr double kUnseen = -1e9;  // attention logit of later positions

// x wᵀ + b in float32; with bf16 the product has bfloat16 factors.
at::Tensor linear(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b, bool bf16) {
  return bf16 ? at::linear(x.to(at::kBFloat16), w.to(at::kBFloat16)).to(at::kFloat) + b : at::linear(x, w, b);
}

}  // namespace

CausalTransformer::CausalTransformer(const TransformerShape& shape, at::Generator generator) : shape_(shape) {
  const int64_t width = shape_.width;
  while (width % shape_.heads != 0) {
    --shape_.heads;
  }
  const auto normal = [&](int64_t rows, int64_t columns) {
    return at::normal(0, 0.5 / std::sqrt(static_cast<double>(columns)), {rows, columns}, generator, at::kFloat);
  };
  create_frame(width);
  for (int64_t layer = 0; layer < shape_.layers; ++layer) {
    const auto own = [&](const char* name, at::Tensor value) {
      return register_parameter(fmt::format("{}{}", name, layer), std::move(value));
    };
    Block block;
    block.norm_weight = own("norm_weight", at::ones({width}));
    block.norm_bias = own("norm_bias", at::zeros({width}));
    block.qkv = own("qkv", normal(3 * width, width));
    block.qkv_bias = own("qkv_bias", at::zeros({3 * width}));
    block.join = own("join", normal(width, width));
    block.join_bias = own("join_bias", at::zeros({width}));
    block.distance = own("distance", at::zeros({shape_.heads, shape_.longest}));
    block.norm2_weight = own("norm2_weight", at::ones({width}));
    block.norm2_bias = own("norm2_bias", at::zeros({width}));
    block.wide = own("wide", normal(4 * width, width));
    block.wide_bias = own("wide_bias", at::zeros({4 * width}));
    block.back = own("back", normal(width, 4 * width));
    block.back_bias = own("back_bias", at::zeros({width}));
    blocks_.push_back(std::move(block));
  }
}

at::Tensor CausalTransformer::attend(const Block& block, const at::Tensor& x, const Training& training) const {
  const int64_t batch = x.size(0), length = x.size(1), width = x.size(2), heads = shape_.heads;
  const at::Tensor qkv = linear(x, block.qkv, block.qkv_bias, training.bf16)
                             .reshape({batch, length, 3, heads, width / heads})
                             .permute({2, 0, 3, 1, 4});  // [3, B, heads, L, width / heads]
  const at::Tensor places = at::arange(length, x.options().dtype(at::kLong));
  const at::Tensor back = places.unsqueeze(1) - places.unsqueeze(0);  // [L, L]: distance backwards
  const at::Tensor distance = block.distance.index_select(1, back.clamp(0, shape_.longest - 1).flatten())
                                  .reshape({heads, length, length})
                                  .masked_fill(back.lt(0), kUnseen);
  const at::Tensor logits =
      at::matmul(qkv[0] * (1 / std::sqrt(static_cast<double>(width / heads))), qkv[1].transpose(2, 3)) + distance;
  at::Tensor weights = at::softmax(logits, 3);
  if (training.random != nullptr) {
    weights = dropout(weights, training.attention, *training.random);
  }
  const at::Tensor joined = at::matmul(weights, qkv[2]).transpose(1, 2).reshape({batch, length, width});
  return linear(joined, block.join, block.join_bias, training.bf16);
}

at::Tensor CausalTransformer::forward(const at::Tensor& x, const at::Tensor& gaps, const Training& training) const {
  const int64_t width = shape_.width;
  const auto drop = [&](const at::Tensor& value, double share) {
    return training.random != nullptr ? dropout(value, share, *training.random) : value;
  };
  at::Tensor h = normalize_input(x, gaps, training);
  for (const Block& block : blocks_) {
    h = h +
        drop(attend(block, at::layer_norm(h, {width}, block.norm_weight, block.norm_bias), training), training.hidden);
    const at::Tensor wide = at::gelu(linear(at::layer_norm(h, {width}, block.norm2_weight, block.norm2_bias),
                                            block.wide, block.wide_bias, training.bf16));
    h = h + drop(linear(wide, block.back, block.back_bias, training.bf16), training.hidden);
  }
  return normalize_output(h);
}

}  // namespace haina
