// The truncated SVD against the full one in double, for both decompositions of the projected matrix.
#include "kernels/svd.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "base/seed.h"

namespace haina {
namespace {

Csr random_matrix(int64_t rows, int64_t cols, double density, uint64_t seed) {
  RandomStream stream(seed);
  std::vector<int32_t> r, c;
  std::vector<float> values;
  for (int32_t i = 0; i < rows; ++i) {
    for (int32_t j = 0; j < cols; ++j) {
      if (stream.uniform() < density) {
        r.push_back(i);
        c.push_back(j);
        values.push_back(static_cast<float>(stream.uniform()));
      }
    }
  }
  return csr_from_coordinates(rows, cols, r, c, values, Repeats::kSum);
}

at::Tensor full_values(const Csr& x) { return std::get<1>(at::linalg_svd(to_dense(x).to(at::kDouble), false)); }

class Svd : public testing::TestWithParam<SvdOptions::Projected> {
 protected:
  const SvdOptions::Projected projected = GetParam();
};

TEST_P(Svd, IsExactIfTheRankIsTheSmallerSide) {
  for (const auto& [rows, cols] : {std::pair{40, 25}, {25, 40}, {1, 7}, {7, 1}}) {
    const Csr x = random_matrix(rows, cols, 0.4, 3);
    const TruncatedSvd svd =
        truncated_svd(x, make_generator(1, "test"), {.rank = 1000, .passes = 3, .projected = projected});
    const int64_t k = std::min(rows, cols);
    ASSERT_EQ(svd.values.size(0), k);
    ASSERT_EQ(svd.right.sizes().vec(), (std::vector<int64_t>{cols, k}));
    EXPECT_TRUE(at::allclose(svd.values.to(at::kDouble), full_values(x), 1e-4, 1e-5));
    EXPECT_TRUE(at::allclose(at::mm(svd.right.t(), svd.right), at::eye(k), 1e-4, 1e-5));
    // XᵀX = V·S²·Vᵀ
    const at::Tensor dense = to_dense(x);
    EXPECT_TRUE(
        at::allclose(at::mm(svd.right * svd.values.square(), svd.right.t()), at::mm(dense.t(), dense), 1e-3, 1e-3));
  }
}

TEST_P(Svd, FindsTheStrongestDirections) {
  const Csr x = random_matrix(300, 200, 0.05, 5);
  const TruncatedSvd svd =
      truncated_svd(x, make_generator(1, "test"), {.rank = 10, .passes = 12, .projected = projected});
  const at::Tensor expected = full_values(x).narrow(0, 0, 10);
  EXPECT_TRUE(at::allclose(svd.values.to(at::kDouble), expected, 1e-2, 0)) << svd.values << expected;
  EXPECT_TRUE(at::allclose(at::mm(svd.right.t(), svd.right), at::eye(10), 1e-4, 1e-5));
  EXPECT_TRUE((multiply(x, svd.right).norm(2, 0) - svd.values).abs().max().item<float>() < 1e-4) << "Ritz values";
  EXPECT_GT(std::get<0>(svd.right.max(0)).min().item<float>(), 0);
}

TEST_P(Svd, AMatrixOfLowRankHasZeroValuesBeyondIt) {
  std::vector<int32_t> r, c;
  for (int32_t i = 0; i < 20; ++i) {
    for (int32_t j = 0; j < 10; ++j) {
      r.push_back(i);
      c.push_back(j);
    }
  }
  const Csr x = csr_from_coordinates(20, 30, r, c, std::vector<float>(r.size(), 1), Repeats::kSum);
  const TruncatedSvd svd =
      truncated_svd(x, make_generator(1, "test"), {.rank = 5, .passes = 3, .projected = projected});
  EXPECT_NEAR(svd.values[0].item<float>(), std::sqrt(200.0F), 1e-3);
  EXPECT_LT(svd.values.narrow(0, 1, 4).max().item<float>(), 1e-3);
  EXPECT_TRUE(at::isfinite(svd.right).all().item<bool>());
}

TEST_P(Svd, TheSameSeedGivesTheSameBits) {
  const Csr x = random_matrix(60, 50, 0.2, 9);
  const TruncatedSvd one =
      truncated_svd(x, make_generator(4, "test"), {.rank = 8, .passes = 2, .projected = projected});
  const TruncatedSvd two =
      truncated_svd(x, make_generator(4, "test"), {.rank = 8, .passes = 2, .projected = projected});
  EXPECT_TRUE(at::equal(one.right, two.right));
  EXPECT_TRUE(at::equal(one.values, two.values));
}

INSTANTIATE_TEST_SUITE_P(Projected, Svd,
                         testing::Values(SvdOptions::Projected::kGramInDouble, SvdOptions::Projected::kDirect));

}  // namespace
}  // namespace haina
