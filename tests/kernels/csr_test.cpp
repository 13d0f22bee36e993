#include "kernels/csr.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/seed.h"
#include "base/tensors_file.h"
#include "kernels/csr_tensors.h"

namespace haina {
namespace {

// [3, 4]: row 0 has columns 1 and 3, row 1 is empty, row 2 has column 0.
Csr small_matrix() {
  return csr_from_coordinates(3, 4, std::vector<int32_t>{2, 0, 0}, std::vector<int32_t>{0, 3, 1},
                              std::vector<float>{5, 7, 6}, Repeats::kSum);
}

std::vector<int32_t> columns_of(const Csr& matrix, int64_t row) {
  return {matrix.row(row).begin(), matrix.row(row).end()};
}

struct Coordinates {
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
};

// With repeats, in random order; whole values, so that sums are exact.
Coordinates random_coordinates(int64_t num_rows, int64_t num_cols, int64_t count) {
  RandomStream random(7, "csr_test");
  Coordinates made;
  for (int64_t i = 0; i < count; ++i) {
    made.rows.push_back(static_cast<int32_t>(random.below(num_rows)));
    made.columns.push_back(static_cast<int32_t>(random.below(num_cols)));
    made.values.push_back(static_cast<float>(1 + random.below(9)));
  }
  return made;
}

TEST(Csr, CoordinatesAreSortedByRowAndColumn) {
  const Csr matrix = small_matrix();
  EXPECT_EQ(matrix.num_rows(), 3);
  EXPECT_EQ(matrix.num_cols, 4);
  EXPECT_EQ(matrix.nnz(), 3);
  EXPECT_EQ(columns_of(matrix, 0), (std::vector<int32_t>{1, 3}));
  EXPECT_EQ(matrix.row_values(0)[0], 6);
  EXPECT_EQ(matrix.row_values(0)[1], 7);
  EXPECT_TRUE(matrix.row(1).empty());
  EXPECT_EQ(columns_of(matrix, 2), std::vector<int32_t>{0});
  EXPECT_EQ(std::vector<int64_t>(matrix.row_offsets().begin(), matrix.row_offsets().end()),
            (std::vector<int64_t>{0, 2, 2, 3}));
}

TEST(Csr, RepeatedPairsAreSummedOrKeepTheLargestValue) {
  const Coordinates made = random_coordinates(20, 15, 1000);
  for (const Repeats repeats : {Repeats::kSum, Repeats::kMax}) {
    std::map<std::pair<int32_t, int32_t>, float> expected;
    for (size_t i = 0; i < made.rows.size(); ++i) {
      float& value = expected[{made.rows[i], made.columns[i]}];
      value = repeats == Repeats::kSum ? value + made.values[i] : std::max(value, made.values[i]);
    }
    const Csr matrix = csr_from_coordinates(20, 15, made.rows, made.columns, made.values, repeats);
    EXPECT_EQ(matrix.nnz(), std::ssize(expected));
    for (int32_t r = 0; r < 20; ++r) {
      for (size_t i = 0; i < matrix.row(r).size(); ++i) {
        EXPECT_EQ(matrix.row_values(r)[i], expected.at({r, matrix.row(r)[i]}));
        EXPECT_TRUE(i == 0 || matrix.row(r)[i - 1] < matrix.row(r)[i]);
      }
    }
  }
}

TEST(Csr, EmptyMatricesHaveRowsButNoEntries) {
  for (const Csr& matrix : {empty_csr(3, 4), csr_from_coordinates(3, 4, {}, {}, {}, Repeats::kSum)}) {
    EXPECT_EQ(matrix.num_rows(), 3);
    EXPECT_EQ(matrix.nnz(), 0);
    EXPECT_TRUE(matrix.row(2).empty());
    EXPECT_EQ(to_dense(matrix).abs().sum().item<float>(), 0);
  }
  EXPECT_EQ(empty_csr(0, 0).num_rows(), 0);
}

TEST(Csr, DenseAndTransposeAgree) {
  const Coordinates made = random_coordinates(30, 17, 200);
  const Csr matrix = csr_from_coordinates(30, 17, made.rows, made.columns, made.values, Repeats::kSum);
  const Csr transposed = transpose(matrix);
  EXPECT_EQ(transposed.num_rows(), 17);
  EXPECT_EQ(transposed.num_cols, 30);
  EXPECT_TRUE(at::equal(to_dense(matrix).t(), to_dense(transposed)));
  const Csr again = transpose(transposed);
  EXPECT_TRUE(at::equal(again.offsets, matrix.offsets));
  EXPECT_TRUE(at::equal(again.columns, matrix.columns));
  EXPECT_TRUE(at::equal(again.values, matrix.values));
}

TEST(Csr, TakeRowsKeepsTheOrderAndAllowsRepeats) {
  const Csr taken = take_rows(small_matrix(), std::vector<int32_t>{2, 0, 2, 1});
  EXPECT_EQ(taken.num_rows(), 4);
  EXPECT_EQ(taken.num_cols, 4);
  EXPECT_EQ(columns_of(taken, 0), std::vector<int32_t>{0});
  EXPECT_EQ(columns_of(taken, 1), (std::vector<int32_t>{1, 3}));
  EXPECT_EQ(columns_of(taken, 2), std::vector<int32_t>{0});
  EXPECT_TRUE(taken.row(3).empty());
  EXPECT_EQ(taken.row_values(1)[1], 7);
}

TEST(Csr, MultiplyEqualsTheDenseProduct) {
  const Coordinates made = random_coordinates(30, 17, 200);
  const Csr matrix = csr_from_coordinates(30, 17, made.rows, made.columns, made.values, Repeats::kSum);
  const at::Tensor dense = at::arange(17 * 5, at::kFloat).view({17, 5});
  EXPECT_TRUE(at::allclose(multiply(matrix, dense), at::mm(to_dense(matrix), dense), 1e-6));
  EXPECT_EQ(multiply(empty_csr(3, 17), dense).abs().sum().item<float>(), 0);
}

TEST(CsrTensors, ComeBackAsTheyWereSaved) {
  TensorMap tensors;
  put_csr("bag", small_matrix(), tensors);
  EXPECT_EQ(tensors.size(), 4U);
  const auto loaded = take_csr(tensors, "bag", "file");
  ASSERT_TRUE(loaded) << to_text(loaded.error());
  EXPECT_EQ(loaded->num_cols, 4);
  EXPECT_TRUE(at::equal(loaded->offsets, small_matrix().offsets));
  EXPECT_TRUE(at::equal(loaded->columns, small_matrix().columns));
  EXPECT_TRUE(at::equal(loaded->values, small_matrix().values));
}

TEST(CsrTensors, ADamagedMatrixIsRefused) {
  const auto refused = [](const char* name, int64_t at, int64_t value) {
    TensorMap tensors;
    put_csr("bag", small_matrix(), tensors);
    tensors.at(name) = tensors.at(name).clone();
    tensors.at(name)[at] = value;
    const auto loaded = take_csr(tensors, "bag", "file");
    return !loaded && loaded.error().code == ErrorCode::kBadData && loaded.error().at == "file";
  };
  EXPECT_TRUE(refused("bag.columns", 0, 4));
  EXPECT_TRUE(refused("bag.columns", 0, -1));
  EXPECT_TRUE(refused("bag.offsets", 0, 1));
  EXPECT_TRUE(refused("bag.offsets", 1, 3));
  EXPECT_TRUE(refused("bag.offsets", 3, 4));
  TensorMap incomplete;
  put_csr("bag", small_matrix(), incomplete);
  incomplete.erase("bag.values");
  EXPECT_FALSE(take_csr(incomplete, "bag", "file"));
}

}  // namespace
}  // namespace haina
