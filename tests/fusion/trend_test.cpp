#include "fusion/trend.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace haina {
namespace {

// One user, events at the given times, in order.
Interactions events_at(const std::vector<int32_t>& items, const std::vector<int64_t>& times, int64_t num_items) {
  const int64_t n = std::ssize(items);
  Interactions events;
  events.num_users = 1;
  events.num_items = num_items;
  events.offsets = at::tensor(std::vector<int64_t>{0, n}, at::kLong);
  events.items = at::tensor(items, at::kInt);
  events.actions = at::zeros({n}, at::kByte);
  events.weights = at::ones({n});
  events.values = at::full({n}, std::nanf(""));
  events.times = at::tensor(times, at::kLong);
  return events;
}

TEST(Trend, CountsOnlyEventsBeforeEachBucketDecayedByTheHalfLife) {
  const auto trend = trend_of(events_at({0, 1, 1, 2}, {0, 100, 500, 1000}, 3));
  ASSERT_TRUE(trend);
  ASSERT_EQ(trend->starts, (std::vector<int64_t>{0, 100, 500, 1000}));
  EXPECT_EQ(trend->tables[0].abs().max().item<float>(), 0);
  const double half_lives[] = {10, 40, 160};
  for (int64_t s = 0; s < Trend::kScales; ++s) {
    // By hand: the sum over the events before the bucket of 0.5^(age / half-life).
    const double h = half_lives[s];
    EXPECT_NEAR(trend->tables[1][s][0].item<double>(), std::log1p(std::exp2(-100 / h)), 1e-6);
    EXPECT_EQ(trend->tables[1][s][1].item<float>(), 0);
    EXPECT_NEAR(trend->tables[3][s][1].item<double>(), std::log1p(std::exp2(-900 / h) + std::exp2(-500 / h)), 1e-6);
    EXPECT_EQ(trend->tables[3][s][2].item<float>(), 0);
    EXPECT_NEAR(trend->now[s][2].item<double>(), std::log1p(1), 1e-6);
    EXPECT_NEAR(trend->now[s][0].item<double>(), std::log1p(std::exp2(-1000 / h)), 1e-6);
  }
}

TEST(Trend, BucketsHaveTheirOwnTimes) {
  const auto trend = trend_of(events_at({0, 1, 1, 2}, {0, 100, 500, 1000}, 3));
  ASSERT_TRUE(trend);
  EXPECT_EQ(trend->bucket_of(-5), 0);
  EXPECT_EQ(trend->bucket_of(0), 0);
  EXPECT_EQ(trend->bucket_of(99), 0);
  EXPECT_EQ(trend->bucket_of(100), 1);
  EXPECT_EQ(trend->bucket_of(5000), 3);
}

TEST(Trend, AnItemIsAbsentUntilOneGapBetweenItsEventsBeforeTheFirst) {
  const auto trend = trend_of(events_at({0, 0, 1, 0, 1, 0, 1, 2, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 5));
  ASSERT_TRUE(trend);
  ASSERT_EQ(trend->absent.sizes().vec(), (std::vector<int64_t>{10, 5}));
  // By hand, of ten buckets with one event each: how many, from the first on, come before the item.
  const std::vector<int64_t> expected = {0,                 // there from the first event on
                                         2 - (10 - 2) / 3,  // three events since bucket 2
                                         7 - (10 - 7) / 1,  // one
                                         8 - (10 - 8) / 2,  // two
                                         10};               // no event: never there
  for (int64_t item = 0; item < 5; ++item) {
    const at::Tensor of_item = trend->absent.select(1, item);
    const int64_t before = expected[static_cast<size_t>(item)];
    EXPECT_EQ(of_item.sum().item<int64_t>(), before) << "item " << item;
    EXPECT_TRUE(before == 0 || of_item.narrow(0, 0, before).all().item<bool>()) << "item " << item;
  }
}

TEST(Trend, ThereIsNoTrendWithoutTimes) {
  EXPECT_FALSE(trend_of(events_at({0, 1}, {kNoTime, kNoTime}, 2)));
  EXPECT_FALSE(trend_of(events_at({0, 1}, {7, 7}, 2)));
}

}  // namespace
}  // namespace haina
