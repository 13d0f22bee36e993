// Percentiles of few samples, as the overview shows them.
#include "service/telemetry/live_stats.h"

#include <gtest/gtest.h>

namespace haina {
namespace {

// The nearest rank: the smallest sample that at least the share of all samples does not exceed.
TEST(LiveStats, OfTwoListsTheHighPercentileIsTheSlowerOne) {
  LiveStats stats;
  EXPECT_TRUE(stats.lists_json().at("p99_ms").is_null());
  stats.list(0.055, false);
  stats.list(0.004, false);
  EXPECT_NEAR(stats.lists_json().at("p99_ms").get<double>(), 55, 1e-3);
  EXPECT_NEAR(stats.lists_json().at("p50_ms").get<double>(), 4, 1e-3);
}

TEST(LiveStats, TheNearestRankOfAHundredLists) {
  LiveStats stats;
  for (int ms = 100; ms >= 1; --ms) {
    stats.list(ms / 1000.0, false);
  }
  EXPECT_NEAR(stats.lists_json().at("p99_ms").get<double>(), 99, 1e-3);
  EXPECT_NEAR(stats.lists_json().at("p50_ms").get<double>(), 50, 1e-3);
  stats.list(0.2, false);
  EXPECT_NEAR(stats.lists_json().at("p99_ms").get<double>(), 100, 1e-3) << "99 % of 101 are 99.99 samples";
}

}  // namespace
}  // namespace haina
