#include "kernels/topk.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "base/seed.h"

namespace haina {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

TEST(TopK, HigherFirstTiesBySmallerItem) {
  const RankedLists lists = top_k(at::tensor({1.0F, 3.0F, 3.0F, 2.0F}).unsqueeze(0), 3);
  EXPECT_TRUE(at::equal(lists.items, at::tensor({1, 2, 3}, at::kInt).unsqueeze(0)));
  EXPECT_TRUE(at::equal(lists.scores, at::tensor({3.0F, 3.0F, 2.0F}).unsqueeze(0)));
}

TEST(TopK, MinusInfinityAndNanAreNeverAnswers) {
  const RankedLists lists = top_k(at::tensor({-kInf, 1.0F, std::nanf(""), -2.0F}).unsqueeze(0), 4);
  EXPECT_TRUE(at::equal(lists.items, at::tensor({1, 3, -1, -1}, at::kInt).unsqueeze(0)));
  EXPECT_EQ(lists.scores[0][2].item<float>(), -kInf);
}

TEST(TopK, KBeyondTheItemsGivesShortLists) {
  const RankedLists lists = top_k(at::tensor({1.0F, 2.0F}).unsqueeze(0), 5);
  EXPECT_TRUE(at::equal(lists.items, at::tensor({1, 0, -1, -1, -1}, at::kInt).unsqueeze(0)));
}

TEST(TopK, EqualsASortOnRandomRowsWithManyTies) {
  RandomStream stream(9);
  for (const int64_t k : {1, 7, 50}) {
    at::Tensor scores = at::empty({5, 400}, at::kFloat);
    for (int64_t i = 0; i < scores.numel(); ++i) {
      scores.data_ptr<float>()[i] = static_cast<float>(stream.below(30));
    }
    const RankedLists lists = top_k(scores, k);
    for (int64_t r = 0; r < 5; ++r) {
      const float* const row = scores.const_data_ptr<float>() + r * 400;
      std::vector<int32_t> order(400);
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return row[a] > row[b]; });
      for (int64_t i = 0; i < k; ++i) {
        EXPECT_EQ(lists.items[r][i].item<int32_t>(), order[static_cast<size_t>(i)]);
      }
    }
  }
}

}  // namespace
}  // namespace haina
