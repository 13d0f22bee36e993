// The experts of item neighbors, user neighbors and random walks against their formulas as dense loops in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "dense.h"

namespace haina {
namespace {

// Each row of `similarity` keeps its n largest cells; score(u, j) = Σ over the history of similarity[j][i], or of
// similarity[i][j].
Matrix score_cut(const Matrix& x, Matrix similarity, size_t n, bool per_scored_item) {
  for (auto& row : similarity) {
    std::vector<size_t> order(row.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](size_t a, size_t b) { return row[a] > row[b]; });
    for (size_t i = n; i < order.size(); ++i) {
      row[order[i]] = 0;
    }
  }
  Matrix scores = zeros(x.size(), x[0].size());
  for (size_t u = 0; u < x.size(); ++u) {
    for (size_t i = 0; i < x[0].size(); ++i) {
      for (size_t j = 0; x[u][i] > 0 && j < x[0].size(); ++j) {
        scores[u][j] += per_scored_item ? similarity[j][i] : similarity[i][j];
      }
    }
  }
  return scores;
}

TEST(ItemKnn, EqualsShrunkCosine) {
  const SmallData data = small_data();
  const Matrix x = dense_x(data.train);
  const auto pop = column_sums(x);
  Matrix cosine = zeros(kItems, kItems), counts = zeros(kItems, kItems);
  for (size_t i = 0; i < kItems; ++i) {
    for (size_t j = 0; j < kItems; ++j) {
      for (size_t u = 0; i != j && u < kUsers; ++u) {
        counts[i][j] += x[u][i] * x[u][j];
      }
      cosine[i][j] = counts[i][j] > 0 ? counts[i][j] / (std::sqrt(pop[i] * pop[j]) + 4) : 0;
    }
  }
  expect_scores(*fitted("item_knn", data, {{"neighbours", 40}, {"shrink", 4}}), data, score_cut(x, cosine, 40, true));
  expect_scores(*fitted("item_knn", data, {{"neighbours", 40}, {"counts", 1}}), data, score_cut(x, counts, 40, true));
}

TEST(Rp3Beta, EqualsTheWalk) {
  const SmallData data = small_data();
  const Matrix x = dense_x(data.train);
  const auto pop = column_sums(x);
  Matrix walk = zeros(kItems, kItems);
  for (size_t u = 0; u < kUsers; ++u) {
    double length = 0;
    for (const double cell : x[u]) {
      length += cell;
    }
    for (size_t i = 0; i < kItems; ++i) {
      for (size_t j = 0; j < kItems; ++j) {
        if (i != j && x[u][i] * x[u][j] > 0) {
          walk[i][j] += std::pow(pop[i], -0.7) * std::pow(length, -0.7) * std::pow(pop[j], -0.4);
        }
      }
    }
  }
  expect_scores(*fitted("rp3beta", data, {{"neighbours", 8}}), data, score_cut(x, walk, 8, false));
}

TEST(UserKnn, EqualsTheVotesOfTheNearestUsers) {
  const SmallData data = small_data();
  const Matrix x = dense_x(data.train);
  const auto pop = column_sums(x);
  Matrix expected = zeros(kUsers, kItems);
  const auto product = [&](size_t a, size_t b) {
    double sum = 0;
    for (size_t i = 0; i < kItems; ++i) {
      sum += x[a][i] * x[b][i] > 0 ? std::pow(pop[i], -0.5) : 0;
    }
    return sum;
  };
  for (size_t u = 0; u < kUsers; ++u) {
    std::vector<std::pair<double, size_t>> near;
    for (size_t v = 0; v < kUsers; ++v) {
      if (v != u) {
        near.emplace_back(product(u, v) / (std::sqrt(product(u, u) * product(v, v)) + 1), v);
      }
    }
    for (const auto& [similarity, v] : near) {
      for (size_t i = 0; i < kItems; ++i) {
        expected[u][i] += similarity * similarity * x[v][i];
      }
    }
  }
  expect_scores(*fitted("user_knn", data, {{"neighbours", 1000}, {"shrink", 1}, {"amplify", 2}, {"pop_power", 0.5}}),
                data, expected);
}

TEST(UserKnn, OnlyTheNearestUsersVote) {
  SmallData data;
  data.train = interactions_of({{0, 1, 2}, {0, 1, 3}, {0, 4}, {5, 6}}, 7);
  const auto expert = fitted("user_knn", data, {{"neighbours", 1}});
  UserState state;
  state.history = {{.item = ItemId{0}}, {.item = ItemId{1}}, {.item = ItemId{3}}};
  const at::Tensor scores = expert->score(std::span(&state, 1));
  EXPECT_GT(scores[0][3].item<float>(), 0);
  EXPECT_EQ(scores[0][2].item<float>(), 0);
  EXPECT_EQ(scores[0][4].item<float>(), 0);
}

TEST(ItemKnnAll, EqualsShrunkCosineOverEveryAction) {
  const SmallData data = small_data(6);
  const auto expert = fitted("item_knn_all", data, {{"shrink", 3}, {"decay", 1}, {"neighbours", 1000}});
  Matrix x = dense_x(data.train);
  const Matrix others = dense_x(data.other_events);
  for (size_t u = 0; u < x.size(); ++u) {
    for (size_t i = 0; i < x[u].size(); ++i) {
      x[u][i] = std::max(x[u][i], others[u][i]);
    }
  }
  const std::vector<double> pop = column_sums(x);
  Matrix expected = zeros(kUsers, kItems);
  for (size_t u = 0; u < x.size(); ++u) {
    for (size_t i = 0; i < kItems; ++i) {
      for (size_t j = 0; x[u][i] > 0 && j < kItems; ++j) {
        double together = 0;
        for (const auto& row : x) {
          together += row[i] * row[j];
        }
        expected[u][j] += i == j ? 0 : together / (std::sqrt(pop[i] * pop[j]) + 3);
      }
    }
  }
  expect_scores(*expert, data, expected);
}

TEST(Experts, DamagedSparseStateIsAnErrorAtItsFile) {
  const SmallData data = small_data();
  for (const char* const name : {"item_knn", "user_knn"}) {
    const auto expert = fitted(name, data);
    TensorMap state = expert->state();
    for (auto& [key, tensor] : state) {
      if (key.ends_with(".columns")) {
        tensor = tensor.clone();
        tensor.data_ptr<int32_t>()[0] = 1000;
      }
    }
    const ExpertEntry& entry = **find_expert(name, "");
    const Status status = entry.make(Params(entry.params))->restore(state, "model/x.safetensors");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kBadData);
    EXPECT_EQ(status.error().at, "model/x.safetensors");
  }
}

}  // namespace
}  // namespace haina
