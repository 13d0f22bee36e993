#include "kernels/sparse_products.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <vector>

#include "base/seed.h"

namespace haina {
namespace {

Csr random_csr(int64_t rows, int64_t cols, double density, uint64_t seed) {
  RandomStream stream(seed);
  std::vector<int32_t> r, c;
  std::vector<float> v;
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < cols; ++j) {
      if (stream.uniform() < density) {
        r.push_back(static_cast<int32_t>(i));
        c.push_back(static_cast<int32_t>(j));
        v.push_back(static_cast<float>(stream.uniform() * 2 - 1));
      }
    }
  }
  return csr_from_coordinates(rows, cols, r, c, v, Repeats::kSum);
}

TEST(Gram, EqualsTheDenseProduct) {
  const Csr x = random_csr(37, 23, 0.2, 1);
  const at::Tensor dense = to_dense(x);
  EXPECT_TRUE(at::allclose(gram(x), at::mm(dense.t(), dense), 1e-5, 1e-6));
}

TEST(Gram, OfAnEmptyMatrixIsZero) { EXPECT_EQ(gram(empty_csr(4, 3)).abs().sum().item<float>(), 0); }

TEST(Gram, SameBitsForOneTwoAndSevenThreads) {
  const Csr x = random_csr(200, 150, 0.1, 2);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor one = gram(x);
  for (const int n : {2, 7}) {
    at::set_num_threads(n);
    EXPECT_TRUE(at::equal(one, gram(x))) << n;
  }
  at::set_num_threads(threads);
}

TEST(MultiplyTopK, KeepsTheLargestPositiveCellsOfTheDenseProduct) {
  const Csr a = random_csr(30, 20, 0.3, 3);
  const Csr b = random_csr(20, 30, 0.3, 4);
  for (const bool skip_diagonal : {false, true}) {
    const at::Tensor product = at::mm(to_dense(a), to_dense(b));
    if (skip_diagonal) {
      product.diagonal().zero_();
    }
    const at::Tensor kept = to_dense(multiply_top_k(a, b, 5, skip_diagonal, {}));
    for (int64_t r = 0; r < 30; ++r) {
      const auto [values, indices] = product[r].clamp_min(0).topk(5);
      const at::Tensor expected = at::zeros({30}, at::kFloat).scatter_(0, indices, values);
      EXPECT_TRUE(at::allclose(kept[r], expected, 1e-5, 1e-6)) << "row " << r;
    }
  }
}

TEST(MultiplyTopK, TheTransformGetsRowColumnsAndValues) {
  const Csr a = random_csr(8, 6, 0.5, 5);
  const Csr b = random_csr(6, 9, 0.5, 6);
  const Csr kept =
      multiply_top_k(a, b, 9, false, [](int64_t row, std::span<const int32_t> columns, std::span<float> values) {
        for (size_t i = 0; i < columns.size(); ++i) {
          values[i] = values[i] * values[i] + static_cast<float>(row * 100 + columns[i]);
        }
      });
  const at::Tensor product = at::mm(to_dense(a), to_dense(b));
  for (int64_t r = 0; r < 8; ++r) {
    for (size_t i = 0; i < kept.row(r).size(); ++i) {
      const int32_t column = kept.row(r)[i];
      const auto value = product[r][column].item<float>();
      EXPECT_NEAR(kept.row_values(r)[i], value * value + static_cast<float>(r * 100 + column), 1e-3);
    }
  }
}

TEST(BuildTopKRows, TiesKeepTheSmallerColumnAndNonFiniteCellsAreDropped) {
  const Csr rows = build_top_k_rows(1, 6, 2, [](int64_t, SparseAccumulator& sum) {
    for (const int32_t column : {5, 3, 1}) {
      sum.add(column, 1);
    }
    sum.add(0, std::numeric_limits<float>::infinity());
    sum.add(2, std::numeric_limits<float>::quiet_NaN());
    sum.add(4, -1);
  });
  ASSERT_EQ(rows.nnz(), 2);
  EXPECT_EQ(rows.row(0)[0], 1);
  EXPECT_EQ(rows.row(0)[1], 3);
}

// Values over the whole range of floats, with many ties, subnormal, or all equal.
TEST(BuildTopKRows, EqualsASortAtAnySizeAndOverTheWholeRangeOfFloats) {
  constexpr int64_t kCols = 4000;
  at::manual_seed(11);
  const at::Tensor wide = (at::randn({kCols}) * 40).exp2() * at::randn({kCols}).sign();
  const at::Tensor few = at::randint(0, 7, {kCols}).to(at::kFloat) / 7;
  const at::Tensor tiny = at::rand({kCols}) * 1e-42, alike = at::ones({kCols});
  for (const at::Tensor& values : {wide, few, tiny, alike, (at::rand({kCols}) * 126).exp2()}) {
    for (const int64_t k : {1, 100, 2000, 5000}) {
      const float* const value = values.const_data_ptr<float>();
      const Csr rows = build_top_k_rows(1, kCols, k, [&](int64_t, SparseAccumulator& sum) {
        for (int64_t i = 0; i < kCols; ++i) {
          const auto column = static_cast<int32_t>(i * 7 % kCols);
          sum.add(column, value[column]);
        }
      });
      std::vector<int32_t> expected;
      for (int32_t column = 0; column < kCols; ++column) {
        if (value[column] > 0) {
          expected.push_back(column);
        }
      }
      std::ranges::sort(expected,
                        [&](int32_t a, int32_t b) { return value[a] != value[b] ? value[a] > value[b] : a < b; });
      expected.resize(std::min(expected.size(), static_cast<size_t>(k)));
      std::ranges::sort(expected);
      const auto got = rows.row(0);
      ASSERT_EQ(std::vector<int32_t>(got.begin(), got.end()), expected) << k;
      for (size_t i = 0; i < expected.size(); ++i) {
        ASSERT_EQ(rows.row_values(0)[i], value[expected[i]]);
      }
    }
  }
}

TEST(BuildTopKRows, TheAccumulatorIsClearedBetweenRows) {
  const Csr rows = build_top_k_rows(3, 4, 4, [](int64_t row, SparseAccumulator& sum) {
    if (row == 0) {
      sum.add(2, 7);
    }
  });
  EXPECT_EQ(rows.row(0).size(), 1U);
  EXPECT_TRUE(rows.row(1).empty());
  EXPECT_TRUE(rows.row(2).empty());
}

TEST(Csr, RepeatsAreSummedOrTheLargestIsKept) {
  const std::vector<int32_t> rows = {1, 0, 1}, columns = {2, 0, 2};
  const std::vector<float> values = {1, 5, 3};
  EXPECT_EQ(csr_from_coordinates(2, 3, rows, columns, values, Repeats::kSum).row_values(1)[0], 4);
  EXPECT_EQ(csr_from_coordinates(2, 3, rows, columns, values, Repeats::kMax).row_values(1)[0], 3);
}

TEST(Csr, TransposeTakeRowsAndMultiplyEqualTheDenseOnes) {
  const Csr x = random_csr(12, 7, 0.4, 8);
  EXPECT_TRUE(at::equal(to_dense(transpose(x)), to_dense(x).t()));
  const std::vector<int32_t> picked = {3, 0, 3, 11};
  EXPECT_TRUE(
      at::equal(to_dense(take_rows(x, picked)), to_dense(x).index_select(0, at::tensor({3, 0, 3, 11}, at::kLong))));
  const at::Tensor dense = at::randn({7, 5});
  EXPECT_TRUE(at::allclose(multiply(x, dense), at::mm(to_dense(x), dense), 1e-5, 1e-6));
}

}  // namespace
}  // namespace haina
