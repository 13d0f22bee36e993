#include "ranking/logistic_regression.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "base/seed.h"

namespace haina {
namespace {

LogisticOptions options_of(int64_t columns, double ridge) {
  return {.ridge = at::full({columns}, ridge, at::kDouble),
          .free = at::ones({columns}, at::kDouble),
          .start = at::zeros({columns}, at::kDouble),
          .max_steps = 50,
          .tolerance = 1e-9};
}

// 2000 rows, two features and a one.
LabelledRows made_rows() {
  at::Generator generator = make_generator(3, "logistic_regression_test");
  LabelledRows rows = {.x = at::randn({2000, 3}, generator, at::kDouble), .labels = {}, .counts = {}};
  rows.x.select(1, 2).fill_(1);
  const at::Tensor truth = at::sigmoid(at::mv(rows.x, at::tensor({1.0, -0.5, -1.0}, at::kDouble)));
  rows.labels = at::rand({2000}, generator, at::kDouble).lt(truth).to(at::kDouble);
  rows.counts = at::ones({2000}, at::kDouble);
  return rows;
}

TEST(LogisticRegression, HasNoGradientLeftAtTheFit) {
  const LabelledRows rows = made_rows();
  const LogisticOptions options = options_of(3, 2);
  const at::Tensor w = fit_logistic(rows, options);
  const at::Tensor gradient = at::mv(rows.x.t(), at::sigmoid(at::mv(rows.x, w)) - rows.labels) + options.ridge * w;
  EXPECT_LT(gradient.abs().max().item<double>(), 1e-4);
}

TEST(LogisticRegression, OfOneOffsetIsTheLogOddsOfTheMeanLabel) {
  const LabelledRows rows = {.x = at::ones({4, 1}, at::kDouble),
                             .labels = at::tensor({1.0, 0.0, 0.0, 0.0}, at::kDouble),
                             .counts = at::tensor({1.0, 2.0, 1.0, 1.0}, at::kDouble)};
  EXPECT_NEAR(fit_logistic(rows, options_of(1, 0)).item<double>(), std::log(0.2 / 0.8), 1e-6);
}

TEST(LogisticRegression, KeepsAFixedWeightAtZeroAndSeparableLabelsFinite) {
  LabelledRows rows = made_rows();
  rows.labels = rows.x.select(1, 0).gt(0).to(at::kDouble);
  LogisticOptions options = options_of(3, 1);
  options.free[1] = 0;
  const at::Tensor w = fit_logistic(rows, options);
  EXPECT_TRUE(at::isfinite(w).all().item<bool>());
  EXPECT_EQ(w[1].item<double>(), 0);
  EXPECT_GT(w[0].item<double>(), 1);
}

}  // namespace
}  // namespace haina
