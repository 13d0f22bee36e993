// Exact search against sorting all products, with norms that let it end early and with norms that do not.
#include "kernels/exact_mips.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <tuple>
#include <vector>

#include "kernels/packed_rows.h"

namespace haina {
namespace {

// A few columns per row; some rows are empty.
Csr some_left_out(int64_t rows, int64_t cols) {
  std::vector<int32_t> r, c;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; cols > 0 && i < row % 5; ++i) {
      r.push_back(static_cast<int32_t>(row));
      c.push_back(static_cast<int32_t>((row * 7 + i * i * 3) % cols));
    }
  }
  return csr_from_coordinates(rows, cols, r, c, std::vector<float>(r.size(), 1), Repeats::kMax);
}

RankedLists by_all(const at::Tensor& queries, const at::Tensor& rows, int64_t k, const Csr& left_out) {
  at::Tensor products = PackedRows(rows).products(queries);
  for (int64_t q = 0; q < queries.size(0); ++q) {
    for (const int32_t item : left_out.row(q)) {
      products[q][item] = -std::numeric_limits<float>::infinity();
    }
  }
  return top_k(products, k);
}

void expect_equal(const RankedLists& got, const RankedLists& expected) {
  EXPECT_TRUE(at::equal(got.items, expected.items));
  EXPECT_TRUE(at::equal(got.scores, expected.scores));
}

class Search : public testing::TestWithParam<std::tuple<int64_t, int64_t, int64_t, int64_t>> {};

TEST_P(Search, EqualsSortingAllProducts) {
  const auto [batch, n, d, k] = GetParam();
  at::manual_seed(batch * 1000 + n + d + k);
  const Csr left_out = some_left_out(batch, n);
  const at::Tensor queries = at::randn({batch, d}), alike = at::randn({n, d});
  // Lengths over three orders of magnitude, as popular items have, and nearly equal lengths.
  const at::Tensor skewed = alike * at::randn({n, 1}).mul(1.5).exp();
  for (const at::Tensor& rows : {alike, skewed}) {
    expect_equal(ExactMips(rows).top(queries, k, left_out), by_all(queries, rows, k, left_out));
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Search,
                         testing::Combine(testing::Values(0, 1, 9, 300), testing::Values(0, 1, 17, 255, 3000),
                                          testing::Values(1, 16, 100), testing::Values(0, 1, 20, 400)));

TEST(ExactMips, TiesGoToTheSmallerRow) {
  const at::Tensor one = at::randn({1, 8});
  const at::Tensor rows = at::cat({one, one * 0.5, one, one * 2, one * 2, at::zeros({500, 8}), one * 2});
  const RankedLists lists = ExactMips(rows).top(one.abs() * one.sign(), 4, empty_csr(1, rows.size(0)));
  EXPECT_TRUE(at::equal(lists.items, at::tensor({3, 4, 505, 0}, at::kInt).unsqueeze(0)));
}

TEST(ExactMips, AZeroQueryGetsTheFirstRowsThatAreNotLeftOut) {
  const Csr left_out =
      csr_from_coordinates(1, 1000, std::vector{0, 0}, std::vector{1, 3}, std::vector{1.0F, 1.0F}, Repeats::kMax);
  const RankedLists lists = ExactMips(at::randn({1000, 4})).top(at::zeros({1, 4}), 3, left_out);
  EXPECT_TRUE(at::equal(lists.items, at::tensor({0, 2, 4}, at::kInt).unsqueeze(0)));
}

TEST(ExactMips, NegativeProductsAreRanked) {
  at::manual_seed(5);
  const at::Tensor query = at::rand({3, 6}), rows = -at::rand({700, 6}) * at::rand({700, 1}).mul(4).exp();
  const Csr none = empty_csr(3, 700);
  expect_equal(ExactMips(rows).top(query, 20, none), by_all(query, rows, 20, none));
}

// Rows parallel to the query reach the Cauchy-Schwarz bound: a bound without rounding error would lose them.
TEST(ExactMips, RowsParallelToTheQueryAreFoundHoweverCloseTheirNorms) {
  at::manual_seed(6);
  const at::Tensor query = at::randn({16, 333});
  const at::Tensor along = query.repeat({50, 1}) * (1 + at::randn({800, 1}) * 1e-7);
  const Csr none = empty_csr(16, 800);
  expect_equal(ExactMips(along).top(query, 10, none), by_all(query, along, 10, none));
}

TEST(ExactMips, SameBitsForOneTwoAndSevenThreads) {
  at::manual_seed(7);
  const at::Tensor queries = at::randn({400, 32}), rows = at::randn({2000, 32}) * at::randn({2000, 1}).exp();
  const Csr none = empty_csr(400, 2000);
  const ExactMips search(rows);
  const RankedLists many = search.top(queries, 20, none);
  const int threads = at::get_num_threads();
  for (const int n : {1, 2, 7}) {
    at::set_num_threads(n);
    expect_equal(search.top(queries, 20, none), many);
  }
  at::set_num_threads(threads);
}

}  // namespace
}  // namespace haina
