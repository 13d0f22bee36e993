#include "kernels/tf_idf.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace haina {
namespace {

// Rows (1, 2), (1, 0), (0, 0), of which the last two are counted where a test says so.
Csr counts() {
  return csr_from_coordinates(3, 2, std::vector{0, 0, 1}, std::vector{0, 1, 0}, std::vector{1.0F, 2.0F, 1.0F},
                              Repeats::kSum);
}

TEST(TfIdf, EqualsTheFormulaWithRowsOfLengthOne) {
  const Csr weighted = tf_idf(counts());
  const double first = std::log1p(3.0 / 2), second = (1 + std::log(2.0)) * std::log1p(3.0);
  const double length = std::hypot(first, second);
  ASSERT_EQ(weighted.row(0).size(), 2U);
  EXPECT_NEAR(weighted.row_values(0)[0], first / length, 1e-6);
  EXPECT_NEAR(weighted.row_values(0)[1], second / length, 1e-6);
  EXPECT_NEAR(weighted.row_values(1)[0], 1, 1e-6);
  EXPECT_TRUE(weighted.row(2).empty());
}

TEST(TfIdf, CountsOnlyTheGivenRowsAndDropsRareColumns) {
  const at::Tensor counted = at::tensor(std::vector<int64_t>{0, 1, 1}, at::kLong).to(at::kBool);
  const at::Tensor idf = inverse_document_frequency(counts(), counted, 1);
  EXPECT_NEAR(idf[0].item<float>(), std::log(1 + 2.0), 1e-6);
  EXPECT_EQ(idf[1].item<float>(), 0) << "in no counted row";
  EXPECT_EQ(inverse_document_frequency(counts(), at::ones({3}, at::kBool), 2)[1].item<float>(), 0) << "in one row";
  const Csr weighted = tf_idf(counts(), idf);
  ASSERT_EQ(weighted.row(0).size(), 1U);
  EXPECT_NEAR(weighted.row_values(0)[0], 1, 1e-6);
}

TEST(TfIdf, BothFormsOfTheFrequencyAgreeOverAllRows) {
  EXPECT_TRUE(at::allclose(inverse_document_frequency(counts()),
                           inverse_document_frequency(counts(), at::ones({3}, at::kBool), 1), 1e-6, 0));
}

}  // namespace
}  // namespace haina
