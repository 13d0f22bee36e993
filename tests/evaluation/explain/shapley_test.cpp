// Exact Shapley values against games whose values are known, and against the definition by orders of players.
#include "evaluation/explain/shapley.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/seed.h"

namespace haina {
namespace {

at::Tensor random_game(int64_t users, int64_t players) {
  RandomStream random(3, "shapley_test");
  at::Tensor values = at::empty({users, int64_t{1} << players}, at::kDouble);
  std::generate_n(values.data_ptr<double>(), values.numel(), [&] { return random.uniform(); });
  return values;
}

TEST(ShapleyValues, SumToTheValueOfAllWithoutThatOfNone) {
  for (int64_t players = 1; players <= kMostPlayers; ++players) {
    const at::Tensor values = random_game(4, players);
    const at::Tensor total = values.select(1, -1) - values.select(1, 0);
    const at::Tensor shares = shapley_values(values, players);
    ASSERT_EQ(shares.size(1), players);
    EXPECT_LT((shares.sum(1) - total).abs().max().item<double>(), 1e-9) << players;
  }
}

TEST(ShapleyValues, OfTheGloveGame) {
  // Players 0 and 1 have a left glove each, player 2 a right one; a pair is worth 1.
  const at::Tensor values = at::tensor(std::vector<double>{0, 0, 0, 0, 0, 1, 1, 1}, at::kDouble).unsqueeze(0);
  const at::Tensor expected = at::tensor(std::vector<double>{1.0 / 6, 1.0 / 6, 4.0 / 6}, at::kDouble);
  EXPECT_LT((shapley_values(values, 3)[0] - expected).abs().max().item<double>(), 1e-12);
}

TEST(ShapleyValues, AreTheMeanOverAllOrders) {
  constexpr int64_t kPlayers = 5;
  const at::Tensor values = random_game(1, kPlayers);
  const double* const v = values.const_data_ptr<double>();
  std::vector<int> order(kPlayers);
  std::iota(order.begin(), order.end(), 0);
  std::vector<double> sums(kPlayers, 0);
  double orders = 0;
  do {
    size_t before = 0;
    for (const int player : order) {
      const size_t with = before | size_t{1} << player;
      sums[static_cast<size_t>(player)] += v[with] - v[before];
      before = with;
    }
    ++orders;
  } while (std::ranges::next_permutation(order).found);
  const at::Tensor shares = shapley_values(values, kPlayers);
  for (int64_t p = 0; p < kPlayers; ++p) {
    EXPECT_NEAR(shares[0][p].item<double>(), sums[static_cast<size_t>(p)] / orders, 1e-12) << p;
  }
}

}  // namespace
}  // namespace haina
