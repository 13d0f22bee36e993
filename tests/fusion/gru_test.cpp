// The GRU against its equations, and that no position sees later ones. In double where numbers are compared closely.
#include "fusion/gru.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace haina {
namespace {

constexpr int64_t kWidth = 6;

// Moves every parameter away from its initial value, so that each has an effect.
std::unique_ptr<GatedRecurrent> some_gru(int64_t layers) {
  auto gru = std::make_unique<GatedRecurrent>(kWidth, layers, make_generator(1, "gru_test"));
  const at::NoGradGuard no_grad;
  at::Generator generator = make_generator(2, "gru_test");
  for (at::Tensor& parameter : gru->parameters()) {
    parameter.add_(at::normal(0, 0.3, parameter.sizes(), generator, at::kFloat));
  }
  gru->to(at::kDouble);
  return gru;
}

struct Input {
  at::Tensor x, gaps;
};

Input some_input(int64_t batch, int64_t length) {
  at::Generator generator = make_generator(3, "gru_test");
  const at::Tensor x = at::normal(0, 1, {batch, length, kWidth}, generator, at::kFloat).to(at::kDouble);
  return {x / x.norm(2, -1, true), at::randint(0, SequenceEncoder::kGaps, {batch, length}, generator, at::kLong)};
}

// Cho et al. 2014 with the reset gate after the product, as in cuDNN and torch.
at::Tensor by_equations(const GatedRecurrent& gru, int64_t layers, const Input& input) {
  const auto p = gru.named_parameters();
  at::Tensor h = at::layer_norm(input.x, {kWidth}, p["input_weight"], p["input_bias"]);
  h = h + at::embedding(p["gap"], input.gaps);
  for (int64_t layer = 0; layer < layers; ++layer) {
    const auto own = [&](const char* name) { return p[name + std::to_string(layer)]; };
    at::Tensor state = at::zeros({h.size(0), kWidth}, at::kDouble);
    std::vector<at::Tensor> states;
    for (int64_t t = 0; t < h.size(1); ++t) {
      const auto in = at::linear(h.select(1, t), own("inward"), own("inward_bias")).chunk(3, 1);
      const auto from = at::linear(state, own("across"), own("across_bias")).chunk(3, 1);
      const at::Tensor reset = at::sigmoid(in[0] + from[0]), update = at::sigmoid(in[1] + from[1]);
      const at::Tensor fresh = at::tanh(in[2] + reset * from[2]);
      state = (1 - update) * fresh + update * state;
      states.push_back(state);
    }
    h = h + at::stack(states, 1);
  }
  return at::layer_norm(h, {kWidth}, p["last_weight"], p["last_bias"]);
}

TEST(Gru, EqualsItsEquations) {
  const at::NoGradGuard no_grad;
  for (const int64_t layers : {1, 3}) {
    const auto gru = some_gru(layers);
    const Input input = some_input(3, 7);
    EXPECT_TRUE(at::allclose(gru->forward(input.x, input.gaps, {}), by_equations(*gru, layers, input), 1e-10, 1e-10));
  }
}

TEST(Gru, NoPositionSeesWhatComesLater) {
  const at::NoGradGuard no_grad;
  const auto gru = some_gru(2);
  const Input input = some_input(3, 6);
  const at::Tensor whole = gru->forward(input.x, input.gaps, {});
  for (int64_t end = 1; end < 6; ++end) {
    at::Tensor other = input.x.clone();
    other.narrow(1, end, 6 - end).neg_();
    const at::Tensor changed = gru->forward(other, input.gaps, {});
    EXPECT_TRUE(at::allclose(changed.narrow(1, 0, end), whole.narrow(1, 0, end), 1e-12, 1e-12)) << end;
    EXPECT_GT((changed - whole).select(1, end).abs().max().item<double>(), 0.01) << "it sees itself";
  }
  at::Tensor earlier = input.x.clone();
  earlier.select(1, 0).neg_();
  EXPECT_GT((gru->forward(earlier, input.gaps, {}) - whole).select(1, 5).abs().max().item<double>(), 1e-4)
      << "the last position sees the first";
}

TEST(Gru, EveryParameterHasTheGradientOfItsEquations) {
  const auto gru = some_gru(2);
  const Input input = some_input(2, 5);
  at::Generator generator = make_generator(4, "gru_test");
  const at::Tensor weights = at::normal(0, 1, {2, 5, kWidth}, generator, at::kFloat).to(at::kDouble);
  RandomStream random(5, "gru_test");
  (gru->forward(input.x, input.gaps, {.random = &random}) * weights).sum().backward();
  std::vector<at::Tensor> found;
  for (const at::Tensor& parameter : gru->parameters()) {
    found.push_back(parameter.grad().clone());
    parameter.grad().zero_();
  }
  (by_equations(*gru, 2, input) * weights).sum().backward();
  size_t i = 0;
  for (const auto& named : gru->named_parameters()) {
    EXPECT_TRUE(at::allclose(found[i], named.value().grad(), 1e-9, 1e-9)) << named.key();
    EXPECT_GT(found[i].abs().max().item<double>(), 0) << named.key();
    ++i;
  }
}

TEST(Gru, DrawsRandomNumbersOnlyIfAStreamIsGiven) {
  const at::NoGradGuard no_grad;
  const auto gru = some_gru(2);
  const Input input = some_input(2, 5);
  const auto drawn = [&](uint64_t seed) {
    RandomStream random(seed, "gru_test");
    return gru->forward(input.x, input.gaps, {.input = 0.2, .hidden = 0.3, .random = &random});
  };
  EXPECT_TRUE(at::equal(drawn(1), drawn(1)));
  EXPECT_FALSE(at::allclose(drawn(1), drawn(2)));
  EXPECT_TRUE(at::equal(gru->forward(input.x, input.gaps, {.input = 0.2, .hidden = 0.3}),
                        gru->forward(input.x, input.gaps, {})));
}

}  // namespace
}  // namespace haina
