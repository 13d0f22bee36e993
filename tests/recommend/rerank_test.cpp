#include "recommend/rerank.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace haina {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

// Items 0..9, the smaller the better; even ones are red.
at::Tensor ten() { return at::arange(10, 0, -1, at::kFloat); }
at::Tensor even() { return at::arange(10).remainder(2).eq(0); }

std::vector<int32_t> list(const at::Tensor& scores, int64_t k, const Reranking& how) {
  return rerank(scores, k, how, [](std::span<const int32_t>) { return at::Tensor(); });
}
using Items = std::vector<int32_t>;

TEST(Rerank, WithoutWishesIsByScore) {
  at::Tensor scores = ten();
  scores[1] = kNever;
  EXPECT_EQ(list(scores, 3, {}), (Items{0, 2, 3}));
  EXPECT_EQ(list(scores, 20, {}).size(), 9U);
  EXPECT_TRUE(list(at::full({3}, kNever), 2, {}).empty());
}

TEST(Rerank, AQuotaHoldsNoMoreAndNoLess) {
  EXPECT_EQ(list(ten(), 4, {.quotas = {{.member = even(), .at_most = 1}}}), (Items{0, 1, 3, 5}));
  // What must be in comes as late as it can, in its own order.
  const at::Tensor last = at::arange(10).ge(8);
  EXPECT_EQ(list(ten(), 4, {.quotas = {{.member = last, .at_least = 2}}}), (Items{0, 1, 8, 9}));
  // More than there are: all of them, and the list is full all the same.
  EXPECT_EQ(list(ten(), 4, {.quotas = {{.member = at::arange(10).ge(9), .at_least = 3}}}).size(), 4U);
  EXPECT_TRUE(std::ranges::count(list(ten(), 4, {.quotas = {{.member = at::arange(10).ge(9), .at_least = 3}}}), 9) ==
              1);
}

TEST(Rerank, WhatMustBeInIsFoundFarBelow) {
  const at::Tensor scores = at::arange(100'000, 0, -1, at::kFloat);
  const at::Tensor deep = at::arange(100'000).eq(99'000);
  EXPECT_EQ(list(scores, 3, {.quotas = {{.member = deep, .at_least = 1}}}), (Items{0, 1, 99'000}));
}

TEST(Rerank, APinStandsAtItsPlaceOnce) {
  EXPECT_EQ(list(ten(), 4, {.pins = {{.item = 7, .position = 2}}}), (Items{0, 7, 1, 2}));
  EXPECT_EQ(list(ten(), 4, {.pins = {{.item = 1, .position = 1}, {.item = 9, .position = 4}}}), (Items{1, 0, 2, 9}));
  // What is no candidate is not shown, nor what lies beyond the list.
  at::Tensor scores = ten();
  scores[7] = kNever;
  EXPECT_EQ(list(scores, 2, {.pins = {{.item = 7, .position = 1}, {.item = 3, .position = 9}, {.item = -1}}}),
            (Items{0, 1}));
}

TEST(Rerank, NoMoreThanSoManyOfACategory) {
  std::vector<int32_t> rows, columns;
  for (int32_t i = 0; i < 10; ++i) {
    rows.push_back(i);
    columns.push_back(i < 6 ? 0 : 1);
  }
  const std::vector<float> ones(10, 1.0F);
  const Csr categories = csr_from_coordinates(10, 2, rows, columns, ones, Repeats::kMax);
  EXPECT_EQ(list(ten(), 4, {.most_of_a_category = 2, .categories = categories}), (Items{0, 1, 6, 7}));
  EXPECT_EQ(list(ten(), 6, {.most_of_a_category = 2, .categories = categories}).size(), 4U);  // no more there are
}

// MMR by the definition: each next item is the one with the largest (1 - l) score - l similarity to those chosen.
TEST(Rerank, DiversityIsMaximalMarginalRelevance) {
  const at::Tensor vectors = at::randn({10, 4});
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
