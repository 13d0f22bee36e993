// The transformer against torch's own operations and against finite differences, and that no position sees later ones.
// In double where numbers are compared closely; training itself is in float32.
#include "fusion/transformer.h"

#include <gtest/gtest.h>
#include <torch/nn.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/interactions.h"

namespace haina {
namespace {

constexpr int64_t kHourUs = 3'600'000'000;
constexpr TransformerShape kShape = {.width = 8, .layers = 2, .heads = 2, .longest = 4};

// Moves every parameter away from its initial value, so that each has an effect.
std::unique_ptr<CausalTransformer> some_transformer(at::ScalarType type, const TransformerShape& shape = kShape) {
  auto transformer = std::make_unique<CausalTransformer>(shape, make_generator(1, "transformer_test"));
  const at::NoGradGuard no_grad;
  at::Generator generator = make_generator(2, "transformer_test");
  for (at::Tensor& parameter : transformer->parameters()) {
    parameter.add_(at::normal(0, 0.3, parameter.sizes(), generator, at::kFloat));
  }
  transformer->to(type);
  return transformer;
}

struct Input {
  at::Tensor x;     // [B, L, width], unit rows
  at::Tensor gaps;  // [B, L]
};

Input some_input(int64_t batch, int64_t length, at::ScalarType type, int64_t width = kShape.width) {
  at::Generator generator = make_generator(3, "transformer_test");
  const at::Tensor x = at::normal(0, 1, {batch, length, width}, generator, at::kFloat).to(type);
  return {x / x.norm(2, -1, true), at::randint(0, CausalTransformer::kGaps, {batch, length}, generator, at::kLong)};
}

// The same from torch's operations: attention, head by head with an additive mask, and the feed-forward layers.
at::Tensor reference(const CausalTransformer& transformer, const TransformerShape& shape, const Input& input) {
  const at::NoGradGuard no_grad;
  const auto p = transformer.named_parameters();
  const int64_t length = input.x.size(1), width = shape.width, heads = shape.heads;
  at::Tensor h = at::layer_norm(input.x, {width}, p["input_weight"], p["input_bias"]);
  if (input.gaps.defined()) {
    h = h + at::embedding(p["gap"], input.gaps);
  }
  for (int64_t layer = 0; layer < shape.layers; ++layer) {
    const auto own = [&](const char* name) { return p[name + std::to_string(layer)]; };
    const at::Tensor normed = at::layer_norm(h, {width}, own("norm_weight"), own("norm_bias"));
    const auto part = at::linear(normed, own("qkv"), own("qkv_bias")).chunk(3, 2);  // queries, keys, values
    std::vector<at::Tensor> joined;
    for (int64_t head = 0; head < heads; ++head) {
      at::Tensor mask = at::full({length, length}, -std::numeric_limits<double>::infinity(), at::kDouble);
      for (int64_t i = 0; i < length; ++i) {
        for (int64_t j = 0; j <= i; ++j) {
          mask[i][j] = own("distance")[head][std::min(i - j, shape.longest - 1)];
        }
      }
      const auto of_head = [&](size_t p) { return part[p].chunk(heads, 2)[static_cast<size_t>(head)]; };
      joined.push_back(at::scaled_dot_product_attention(of_head(0), of_head(1), of_head(2), mask));
    }
    h = h + at::linear(at::cat(joined, 2), own("join"), own("join_bias"));
    torch::nn::Linear wide(width, 4 * width), back(4 * width, width);
    wide->to(at::kDouble);
    back->to(at::kDouble);
    wide->weight.copy_(own("wide"));
    wide->bias.copy_(own("wide_bias"));
    back->weight.copy_(own("back"));
    back->bias.copy_(own("back_bias"));
    const at::Tensor normed2 = at::layer_norm(h, {width}, own("norm2_weight"), own("norm2_bias"));
    h = h + back->forward(torch::nn::functional::gelu(wide->forward(normed2)));
  }
  return at::layer_norm(h, {width}, p["last_weight"], p["last_bias"]);
}

TEST(Transformer, EqualsTheSameNetworkFromTorchOperations) {
  for (const int64_t layers : {1, 3}) {
    const TransformerShape shape = {.width = 12, .layers = layers, .heads = 3, .longest = 4};
    const auto transformer = some_transformer(at::kDouble, shape);
    Input input = some_input(3, 7, at::kDouble, 12);  // longer than `longest`
    EXPECT_TRUE(at::allclose(transformer->forward(input.x, input.gaps, {}), reference(*transformer, shape, input),
                             1e-10, 1e-10));
    input.gaps = at::Tensor();
    EXPECT_TRUE(
        at::allclose(transformer->forward(input.x, {}, {}), reference(*transformer, shape, input), 1e-10, 1e-10));
  }
}

TEST(Transformer, TheNumberOfHeadsIsLoweredUntilItDividesTheWidth) {
  const auto transformer = some_transformer(at::kDouble, {.width = 9, .layers = 1, .heads = 4, .longest = 4});
  const Input input = some_input(2, 5, at::kDouble, 9);
  const TransformerShape three = {.width = 9, .layers = 1, .heads = 3, .longest = 4};
  EXPECT_TRUE(
      at::allclose(transformer->forward(input.x, input.gaps, {}), reference(*transformer, three, input), 1e-10, 1e-10));
}

TEST(Transformer, NoPositionSeesLaterEventsOrPadding) {
  for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
    const double tolerance = type == at::kDouble ? 1e-12 : 1e-5;
    const auto transformer = some_transformer(type);
    const Input input = some_input(3, 6, type);
    const at::Tensor whole = transformer->forward(input.x, input.gaps, {}).detach();
    for (int64_t end = 1; end < 6; ++end) {
      at::Tensor other = input.x.clone(), other_gaps = input.gaps.clone();
      other.narrow(1, end, 6 - end).neg_();
      other_gaps.narrow(1, end, 6 - end).zero_();
      const at::Tensor changed = transformer->forward(other, other_gaps, {}).detach();
      EXPECT_TRUE(at::allclose(changed.narrow(1, 0, end), whole.narrow(1, 0, end), tolerance, tolerance)) << end;
      EXPECT_GT((changed - whole).select(1, end).abs().max().item<double>(), 0.01) << "it sees itself";
      const at::Tensor cut = transformer->forward(input.x.narrow(1, 0, end), input.gaps.narrow(1, 0, end), {});
      EXPECT_TRUE(at::allclose(cut, whole.narrow(1, 0, end), tolerance, tolerance)) << end;
    }
    at::Tensor earlier = input.x.clone();
    earlier.select(1, 0).neg_();
    EXPECT_GT((transformer->forward(earlier, input.gaps, {}) - whole).select(1, 5).abs().max().item<double>(), 1e-3)
        << "the last position sees the first";
  }
}

// Each parameter along its own direction. The bias of the keys shifts all logits of a row equally, so its gradient is
// 0.
TEST(Transformer, GradientsAreThoseOfFiniteDifferences) {
  const auto transformer = some_transformer(at::kDouble);
  Input input = some_input(2, 6, at::kDouble);
  at::Generator generator = make_generator(4, "transformer_test");
  const at::Tensor weights = at::normal(0, 1, {2, 6, kShape.width}, generator, at::kDouble);
  const auto loss = [&] { return (transformer->forward(input.x, input.gaps, {}) * weights).sum(); };
  input.x.set_requires_grad(true);
  loss().backward();
  std::vector<std::pair<std::string, at::Tensor>> all = {{"x", input.x}};
  for (const auto& parameter : transformer->named_parameters()) {
    all.emplace_back(parameter.key(), parameter.value());
  }
  ASSERT_EQ(all.size(), 6U + 2 * 13);
  const at::NoGradGuard no_grad;
  for (auto& [name, tensor] : all) {
    ASSERT_TRUE(tensor.grad().defined()) << name;
    const at::Tensor direction = at::normal(0, 1, tensor.sizes(), generator, at::kDouble);
    constexpr double kStep = 1e-5;
    tensor.add_(direction, kStep);
    const double above = loss().item<double>();
    tensor.sub_(direction, 2 * kStep);
    const double below = loss().item<double>();
    tensor.add_(direction, kStep);
    const double numeric = (above - below) / (2 * kStep);
    const double exact = (tensor.grad() * direction).sum().item<double>();
    EXPECT_NEAR(exact, numeric, 1e-6 * (1 + std::abs(numeric))) << name;
    EXPECT_GT(tensor.grad().abs().max().item<double>(), 1e-4) << name << " has an effect";
  }
}

TEST(Transformer, DrawsRandomNumbersOnlyIfAStreamIsGivenAndRepeatsWithIt) {
  const auto transformer = some_transformer(at::kFloat);
  const Input input = some_input(3, 6, at::kFloat);
  const auto forward = [&](const CausalTransformer::Training& training) {
    const at::NoGradGuard no_grad;
    return transformer->forward(input.x, input.gaps, training);
  };
  const at::Tensor plain = forward({});
  EXPECT_TRUE(at::equal(forward({}), plain));
  EXPECT_TRUE(at::equal(forward({.input = 0.5, .hidden = 0.5, .attention = 0.5}), plain));
  RandomStream untouched(5, "transformer_test"), idle(5, "transformer_test");
  EXPECT_TRUE(at::equal(forward({.random = &idle}), plain));
  EXPECT_EQ(idle.next(), untouched.next());
  for (const CausalTransformer::Training& shares :
       {CausalTransformer::Training{.input = 0.5}, {.hidden = 0.5}, {.attention = 0.5}}) {
    CausalTransformer::Training training = shares;
    RandomStream one(6, "transformer_test"), other(6, "transformer_test");
    training.random = &one;
    const at::Tensor first = forward(training);
    EXPECT_FALSE(at::allclose(first, plain, 1e-2, 1e-2));
    EXPECT_FALSE(at::equal(forward(training), first));
    training.random = &other;
    EXPECT_TRUE(at::equal(forward(training), first));
  }
}

TEST(Transformer, Bfloat16IsCloseToFloat32) {
  const auto transformer = std::make_unique<CausalTransformer>(TransformerShape{.width = 32, .layers = 2, .heads = 2},
                                                               make_generator(1, "transformer_test"));
  const Input input = some_input(3, 20, at::kFloat, 32);
  const at::NoGradGuard no_grad;
  const at::Tensor bf16 = transformer->forward(input.x, input.gaps, {.bf16 = true});
  EXPECT_EQ(bf16.scalar_type(), at::kFloat);
  // bfloat16 has 8 significant bits: rows of unit variance agree to a few times 2^-8.
  EXPECT_LT((bf16 - transformer->forward(input.x, input.gaps, {})).abs().max().item<double>(), 0.05);
}

TEST(Transformer, RowsAreLayerNormalized) {
  const CausalTransformer transformer({.width = 64}, make_generator(1, "transformer_test"));
  const Input input = some_input(2, 5, at::kFloat, 64);
  const at::Tensor y = transformer.forward(input.x, {}, {});
  EXPECT_EQ(y.sizes(), at::IntArrayRef({2, 5, 64}));
  EXPECT_LT(y.mean(-1).abs().max().item<double>(), 1e-5);
  EXPECT_TRUE(at::allclose(y.norm(2, -1), at::full({2, 5}, 8.0), 1e-3, 1e-3));
}

TEST(Transformer, GapsAreBucketsInPowersOfTwoOfAnHour) {
  const auto after = [](int64_t us) {
    return CausalTransformer::gap_of(1'000'000 * kHourUs, 1'000'000 * kHourUs - us);
  };
  EXPECT_EQ(CausalTransformer::gap_of(kNoTime, 5), 0);
  EXPECT_EQ(CausalTransformer::gap_of(5, kNoTime), 0);
  EXPECT_EQ(after(0), 1);
  EXPECT_EQ(after(-kHourUs), 1) << "out of order counts as at once";
  EXPECT_EQ(after(kHourUs - 1), 1);
  EXPECT_EQ(after(kHourUs), 2);
  EXPECT_EQ(after(3 * kHourUs - 1), 2);
  EXPECT_EQ(after(3 * kHourUs), 3);
  EXPECT_EQ(after(7 * kHourUs), 4);
  int64_t last = 0;
  for (int64_t hours = 0; hours < 200'000; hours += 37) {
    const int64_t gap = after(hours * kHourUs);
    EXPECT_GE(gap, last);
    last = gap;
  }
  EXPECT_EQ(last, CausalTransformer::kGaps - 1);
  constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(CausalTransformer::gap_of(kLast, kNoTime + 1), CausalTransformer::kGaps - 1) << "and no overflow";
  EXPECT_EQ(CausalTransformer::gap_of(kNoTime + 1, kLast), 1);
}

}  // namespace
}  // namespace haina
