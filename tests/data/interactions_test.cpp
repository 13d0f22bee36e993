#include "data/interactions.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "data/ids.h"
#include "data/user_state.h"

namespace haina {
namespace {

constexpr int64_t kDay = 86'400'000'000;

// User 0 takes items 2, 0 and 2 again on days 0, 1 and 2; user 1 nothing; user 2 item 1 on day 2.
Interactions small_events() {
  return {.num_users = 3,
          .num_items = 4,
          .offsets = at::tensor({int64_t{0}, int64_t{3}, int64_t{3}, int64_t{4}}, at::kLong),
          .items = at::tensor({2, 0, 2, 1}, at::kInt),
          .actions = at::tensor({0, 1, 0, 0}, at::kByte),
          .weights = at::tensor({1.0F, 2.0F, 3.0F, 4.0F}),
          .values = at::tensor({5.0F, std::nanf(""), 1.0F, 2.0F}),
          .times = at::tensor({int64_t{0}, kDay, 2 * kDay, 2 * kDay}, at::kLong)};
}

TEST(Ids, AreRowsOfDistinctTypes) {
  static_assert(!std::is_convertible_v<ItemId, UserId> && !std::is_convertible_v<int32_t, UserId>);
  EXPECT_EQ(row_of(UserId{7}), 7);
  EXPECT_EQ(row_of(ItemId{-1}), -1);
}

TEST(Interactions, RowsHoldTheEventsOfAUserInOrder) {
  const Interactions events = small_events();
  EXPECT_EQ(events.num_events(), 4);
  EXPECT_EQ(std::vector<int32_t>(events.row(0).begin(), events.row(0).end()), (std::vector<int32_t>{2, 0, 2}));
  EXPECT_TRUE(events.row(1).empty());
  EXPECT_EQ(events.row(2)[0], 1);
}

TEST(Interactions, MatrixMergesRepeatsByTheLargestWeight) {
  const Csr matrix = small_events().matrix();
  EXPECT_EQ(matrix.num_rows(), 3);
  EXPECT_EQ(matrix.num_cols, 4);
  EXPECT_EQ(std::vector<int32_t>(matrix.row(0).begin(), matrix.row(0).end()), (std::vector<int32_t>{0, 2}));
  EXPECT_EQ(matrix.row_values(0)[0], 2);
  EXPECT_EQ(matrix.row_values(0)[1], 3);
  EXPECT_TRUE(matrix.row(1).empty());
}

TEST(Interactions, ItemCountsHalveWithEachHalfLife) {
  const Interactions events = small_events();
  EXPECT_TRUE(at::equal(events.item_counts(0), at::tensor({1.0F, 1.0F, 2.0F, 0.0F})));
  EXPECT_TRUE(at::allclose(events.item_counts(1), at::tensor({0.5F, 1.0F, 1.25F, 0.0F})));
  Interactions without_times = events;
  without_times.times = at::full({4}, kNoTime, at::kLong);
  EXPECT_TRUE(at::equal(without_times.item_counts(1), events.item_counts(0)));
}

TEST(Interactions, LatestTimeIsThatOfTheNewestEvent) {
  Interactions events = small_events();
  EXPECT_EQ(events.latest_time(), 2 * kDay);
  EXPECT_TRUE(events.has_times());
  events.times.fill_(kNoTime);
  EXPECT_EQ(events.latest_time(), kNoTime);
  EXPECT_FALSE(events.has_times());
}

TEST(StatesOf, GiveEachUserTheEventsOfTheirRow) {
  const std::vector<UserState> states = states_of(small_events());
  ASSERT_EQ(states.size(), 3U);
  for (int32_t u = 0; u < 3; ++u) {
    EXPECT_EQ(states[static_cast<size_t>(u)].user, u);
  }
  ASSERT_EQ(states[0].history.size(), 3U);
  EXPECT_EQ(row_of(states[0].history[1].item), 0);
  EXPECT_EQ(states[0].history[1].action, 1);
  EXPECT_EQ(states[0].history[1].weight, 2);
  EXPECT_TRUE(std::isnan(states[0].history[1].value));
  EXPECT_EQ(states[0].history[1].time_us, kDay);
  EXPECT_TRUE(states[1].history.empty());
}

}  // namespace
}  // namespace haina
