#include "kernels/ridge.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/seed.h"

namespace haina {
namespace {

// The normal equations in double.
at::Tensor solve_ridge_reference(const at::Tensor& x, const at::Tensor& diagonal, const at::Tensor& targets) {
  const at::Tensor a = at::mm(x.t(), x) + at::diag(diagonal);
  return at::linalg_solve(a, at::mv(x.t(), targets).unsqueeze(1), true).squeeze(1);
}

TEST(Ridge, BothFormsEqualTheNormalEquations) {
  RandomStream random(1, "ridge_test");
  for (const int64_t d : {1, 3, 15, 16, 17, 33, 64, 130}) {
    for (const int64_t n : {1, 2, 5, 15, 16, 17, 31, 64, 65, 131, 300}) {
      std::vector<float> x(static_cast<size_t>(n * d) + 1), diagonal(static_cast<size_t>(d)),
          targets(static_cast<size_t>(n)), y(static_cast<size_t>(d), 7);
      for (float& v : x) {
        v = static_cast<float>(random.uniform() - 0.5);
      }
      for (float& v : diagonal) {
        v = static_cast<float>(0.05 + random.uniform());
      }
      for (float& v : targets) {
        v = static_cast<float>(random.uniform());
      }
      RidgeScratch scratch;
      const std::span<const float> shifted(x.data() + 1, static_cast<size_t>(n * d));  // not aligned
      solve_ridge(shifted, n, diagonal, targets, y, scratch);
      const at::Tensor expected = solve_ridge_reference(
          at::tensor(std::vector<float>(shifted.begin(), shifted.end())).reshape({n, d}).to(at::kDouble),
          at::tensor(diagonal).to(at::kDouble), at::tensor(targets).to(at::kDouble));
      const double magnitude = expected.abs().max().item<double>() + 1e-3;
      EXPECT_LT((at::tensor(y).to(at::kDouble) - expected).abs().max().item<double>(), 2e-4 * magnitude)
          << "n " << n << " d " << d;
    }
  }
}

TEST(Ridge, GradientStepsApproachTheSolutionFromAnyStart) {
  RandomStream random(2, "ridge_test");
  for (const int64_t d : {1, 5, 16, 21, 64}) {
    for (const int64_t n : {1, 3, 16, 17, 40, 130}) {
      std::vector<float> x(static_cast<size_t>(n * d) + 1), diagonal(static_cast<size_t>(d)),
          targets(static_cast<size_t>(n)), y(static_cast<size_t>(d));
      for (float& v : x) {
        v = static_cast<float>(random.uniform() - 0.5);
      }
      for (float& v : diagonal) {
        v = static_cast<float>(0.5 + random.uniform());
      }
      for (float& v : targets) {
        v = static_cast<float>(random.uniform());
      }
      for (float& v : y) {
        v = static_cast<float>(random.uniform() - 0.5);
      }
      RidgeScratch scratch;
      const std::span<const float> shifted(x.data() + 1, static_cast<size_t>(n * d));
      const at::Tensor expected = solve_ridge_reference(
          at::tensor(std::vector<float>(shifted.begin(), shifted.end())).reshape({n, d}).to(at::kDouble),
          at::tensor(diagonal).to(at::kDouble), at::tensor(targets).to(at::kDouble));
      const auto error = [&] { return (at::tensor(y).to(at::kDouble) - expected).norm().item<double>(); };
      const double magnitude = expected.norm().item<double>() + 1e-3;
      const std::vector<float> start = y;
      const double before = error();
      ridge_cg(shifted, n, diagonal, targets, 0, y, scratch);
      EXPECT_EQ(y, start);
      ridge_cg(shifted, n, diagonal, targets, 3, y, scratch);
      EXPECT_LT(error(), before + 1e-5 * magnitude) << "n " << n << " d " << d;
      ridge_cg(shifted, n, diagonal, targets, 100, y, scratch);
      EXPECT_LT(error(), 2e-4 * magnitude) << "n " << n << " d " << d;
    }
  }
}

TEST(Ridge, NoRowsOrAnIndefiniteMatrixGiveZeros) {
  std::vector<float> y(4, 3);
  RidgeScratch scratch;
  solve_ridge({}, 0, std::vector<float>(4, 1), {}, y, scratch);
  EXPECT_EQ(y, std::vector<float>(4, 0));
  const std::vector<float> x = {1, 0, 0, 0};
  solve_ridge(x, 1, std::vector<float>(4, -0.5F), std::vector<float>{1}, y, scratch);
  EXPECT_EQ(y, std::vector<float>(4, 0));
  y.assign(4, 3);
  ridge_cg({}, 0, std::vector<float>(4, 1), {}, 3, y, scratch);
  EXPECT_EQ(y, std::vector<float>(4, 0));
  y.assign(4, 3);
  ridge_cg(x, 1, std::vector<float>(4, -0.5F), std::vector<float>{1}, 3, y, scratch);
  EXPECT_EQ(y, std::vector<float>(4, 0));
}

}  // namespace
}  // namespace haina
