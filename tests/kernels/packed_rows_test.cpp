// Products of packed rows against those of BLAS, at sizes around every tile, panel and block.
#include "kernels/packed_rows.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>

namespace haina {
namespace {

class Products : public testing::TestWithParam<std::tuple<int64_t, int64_t, int64_t>> {};

TEST_P(Products, EqualBlas) {
  const auto [batch, n, d] = GetParam();
  at::manual_seed(batch * 1000 + n + d);
  const at::Tensor left = at::randn({batch, d}), rows = at::randn({n, d}), bias = at::randn({n});
  const PackedRows panels(rows);
  EXPECT_EQ(panels.size(), n);
  EXPECT_EQ(panels.width(), d);
  const at::Tensor exact = at::mm(left.to(at::kDouble), rows.t().to(at::kDouble));
  const double scale = std::max(1.0, std::sqrt(static_cast<double>(d)));
  const at::Tensor plain = panels.products(left), with_bias = panels.products(left, bias);
  ASSERT_EQ(plain.sizes(), at::IntArrayRef({batch, n}));
  EXPECT_TRUE(at::allclose(plain.to(at::kDouble), exact, 1e-5, 1e-5 * scale));
  EXPECT_TRUE(at::allclose(with_bias.to(at::kDouble), exact + bias.to(at::kDouble), 1e-5, 1e-5 * scale));
}

INSTANTIATE_TEST_SUITE_P(Sizes, Products,
                         testing::Combine(testing::Values(0, 1, 7, 8, 129, 300), testing::Values(0, 1, 15, 16, 17, 700),
                                          testing::Values(0, 1, 3, 64, 100)));

TEST(PackedRows, SameBitsInAnyBatchAndForOneTwoAndSevenThreads) {
  at::manual_seed(3);
  const at::Tensor left = at::randn({200, 48}), rows = at::randn({333, 48});
  const PackedRows panels(rows);
  const at::Tensor all = panels.products(left);
  EXPECT_TRUE(at::equal(panels.products(left.narrow(0, 37, 1)), all.narrow(0, 37, 1)));
  const int threads = at::get_num_threads();
  for (const int n : {1, 2, 7}) {
    at::set_num_threads(n);
    EXPECT_TRUE(at::equal(panels.products(left), all)) << n;
  }
  at::set_num_threads(threads);
}

TEST(PackedRows, AcceptTensorsOfAnyStride) {
  at::manual_seed(4);
  const at::Tensor left = at::randn({20, 9}).t().contiguous().t(), rows = at::randn({9, 31}).t();
  EXPECT_TRUE(at::allclose(PackedRows(rows).products(left), at::mm(left, rows.t()), 1e-5, 1e-5));
}

}  // namespace
}  // namespace haina
