#include "data/mask_history.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace haina {
namespace {

std::vector<UserState> two_users() {
  std::vector<UserState> users(2);
  users[0].history = {{.item = ItemId{1}}, {.item = ItemId{9}}};  // item 9 is beyond the columns
  users[0].other_events = {{.item = ItemId{0}}};
  return users;
}

TEST(MaskHistory, SetsTheItemsOfEachHistoryToMinusInfinity) {
  at::Tensor scores = at::ones({2, 3});
  mask_history(scores, two_users());
  const float none = -std::numeric_limits<float>::infinity();
  EXPECT_TRUE(at::equal(scores, at::tensor({1.0F, none, 1.0F, 1.0F, 1.0F, 1.0F}).view({2, 3})));
}

TEST(TopKUnseen, RanksTheOtherItemsAndLeavesTheScoresAlone) {
  const at::Tensor scores = at::tensor({1.0F, 3.0F, 2.0F, 1.0F, 3.0F, 2.0F}).view({2, 3});
  const at::Tensor before = scores.clone();
  const RankedLists lists = top_k_unseen(scores, two_users(), 3);
  EXPECT_TRUE(at::equal(lists.items, at::tensor({2, 0, -1, 1, 2, 0}, at::kInt).view({2, 3})));
  EXPECT_TRUE(at::equal(scores, before));
}

}  // namespace
}  // namespace haina
