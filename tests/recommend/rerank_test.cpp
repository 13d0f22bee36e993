#include "recommend/rerank.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace haina {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

// Scores of items 0 .. 9, item 0 first; and the even items.
at::Tensor ten() { return at::arange(10, 0, -1, at::kFloat); }
at::Tensor even() { return at::arange(10).remainder(2).eq(0); }

std::vector<int32_t> list(const at::Tensor& scores, int64_t k, const Reranking& how) {
  return rerank(scores, k, how, [](std::span<const int32_t>) { return at::Tensor(); });
}
using Items = std::vector<int32_t>;

TEST(Rerank, WithoutConstraintsTheListIsByScore) {
  at::Tensor scores = ten();
  scores[1] = kNever;
  EXPECT_EQ(list(scores, 3, {}), (Items{0, 2, 3}));
  EXPECT_EQ(list(scores, 20, {}).size(), 9U);
  EXPECT_TRUE(list(at::full({3}, kNever), 2, {}).empty());
}

TEST(Rerank, QuotasBoundTheNumberOfTheirItems) {
  EXPECT_EQ(list(ten(), 4, {.quotas = {{.member = even(), .at_most = 1}}}), (Items{0, 1, 3, 5}));
  // Required items take the last positions, in the order of their scores.
  const at::Tensor last = at::arange(10).ge(8);
  EXPECT_EQ(list(ten(), 4, {.quotas = {{.member = last, .at_least = 2}}}), (Items{0, 1, 8, 9}));
  // A quota larger than its items: all of them, and the list is still full.
  EXPECT_EQ(list(ten(), 4, {.quotas = {{.member = at::arange(10).ge(9), .at_least = 3}}}).size(), 4U);
  EXPECT_EQ(std::ranges::count(list(ten(), 4, {.quotas = {{.member = at::arange(10).ge(9), .at_least = 3}}}), 9), 1);
}

TEST(Rerank, RequiredItemsAreFoundOutsideThePool) {
  const at::Tensor scores = at::arange(100'000, 0, -1, at::kFloat);
  const at::Tensor deep = at::arange(100'000).eq(99'000);
  EXPECT_EQ(list(scores, 3, {.quotas = {{.member = deep, .at_least = 1}}}), (Items{0, 1, 99'000}));
}

TEST(Rerank, APinnedItemIsAtItsPositionOnce) {
  EXPECT_EQ(list(ten(), 4, {.pins = {{.item = 7, .position = 2}}}), (Items{0, 7, 1, 2}));
  EXPECT_EQ(list(ten(), 4, {.pins = {{.item = 1, .position = 1}, {.item = 9, .position = 4}}}), (Items{1, 0, 2, 9}));
  // Neither an item that is no candidate nor a position beyond the list has an effect.
  at::Tensor scores = ten();
  scores[7] = kNever;
  EXPECT_EQ(list(scores, 2, {.pins = {{.item = 7, .position = 1}, {.item = 3, .position = 9}, {.item = -1}}}),
            (Items{0, 1}));
}

TEST(Rerank, ACategoryHasAtMostItsLimit) {
  std::vector<int32_t> rows, columns;
  for (int32_t i = 0; i < 10; ++i) {
    rows.push_back(i);
    columns.push_back(i < 6 ? 0 : 1);
  }
  const std::vector<float> ones(10, 1.0F);
  const Csr categories = csr_from_coordinates(10, 2, rows, columns, ones, Repeats::kMax);
  EXPECT_EQ(list(ten(), 4, {.most_of_a_category = 2, .categories = categories}), (Items{0, 1, 6, 7}));
  EXPECT_EQ(list(ten(), 6, {.most_of_a_category = 2, .categories = categories}).size(), 4U);  // two of each category
}

// MMR by the definition: each next item is the one with the largest (1 - l) score - l similarity to those chosen.
TEST(Rerank, DiversityIsMaximalMarginalRelevance) {
  const at::Tensor vectors = (at::arange(40, at::kFloat) * 1.7).sin().reshape({10, 4});
  const at::Tensor unit = vectors / vectors.norm(2, 1, true);
  const auto vectors_of = [&](std::span<const int32_t> items) {
    return unit.index_select(0, at::tensor(std::vector<int64_t>(items.begin(), items.end())));
  };
  const double lambda = 0.4;
  Items expected;
  while (expected.size() < 5) {
    double best = -10;
    int32_t chosen = -1;
    for (int32_t i = 0; i < 10; ++i) {
      if (std::ranges::find(expected, i) != expected.end()) {
        continue;
      }
      double near = expected.empty() ? 0 : -10;
      for (const int32_t other : expected) {
        near = std::max(near, at::dot(unit[i], unit[other]).item<double>());
      }
      const double value = (1 - lambda) * (10.0 - i - 1) / 9 - lambda * near;
      if (value > best) {
        best = value;
        chosen = i;
      }
    }
    expected.push_back(chosen);
  }
  EXPECT_EQ(rerank(ten(), 5, {.diversity = lambda}, vectors_of), expected);
  EXPECT_NE(rerank(ten(), 5, {.diversity = 0.9}, vectors_of), rerank(ten(), 5, {}, vectors_of));
}

}  // namespace
}  // namespace haina
