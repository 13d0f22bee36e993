#include "engine/clearly_worse.h"

#include <gtest/gtest.h>

#include <vector>

namespace haina {
namespace {

TEST(ClearlyWorse, ALossOfAllUsersIsClear) {
  const std::vector<double> current(20, 0.5), candidate(20, 0.3);
  EXPECT_TRUE(is_clearly_worse(candidate, current));
  EXPECT_FALSE(is_clearly_worse(current, candidate));
}

// Of twenty users three are served worse and two better: half of the mean is gone, and another twenty may say
// otherwise.
TEST(ClearlyWorse, AFewUsersOfTwentyAreChance) {
  std::vector<double> current(20, 0), candidate(20, 0);
  current[0] = current[1] = current[2] = 1;
  candidate[3] = 1;
  candidate[4] = 0.5;
  EXPECT_FALSE(is_clearly_worse(candidate, current));
}

TEST(ClearlyWorse, ASmallLossIsLetThroughHoweverCertain) {
  const std::vector<double> current(200, 0.5), candidate(200, 0.45);
  EXPECT_FALSE(is_clearly_worse(candidate, current));
}

TEST(ClearlyWorse, AVersionThatFindsNothingAtAllIsClear) {
  std::vector<double> current(20, 0);
  for (size_t u = 0; u < 8; ++u) {
    current[u] = 0.6;
  }
  EXPECT_TRUE(is_clearly_worse(std::vector<double>(20, 0), current));
  EXPECT_FALSE(is_clearly_worse(std::vector<double>(20, 0), std::vector<double>(20, 0)));
}

// Of twenty users four had a hit and have none now: no resample of the mean difference would look above 0, yet where
// chance decides who loses, four of four lose once in sixteen times.
TEST(ClearlyWorse, AFewHitsThatAreGoneAreChance) {
  std::vector<double> current(20, 0);
  current[0] = current[1] = current[2] = current[3] = 1;
  EXPECT_FALSE(is_clearly_worse(std::vector<double>(20, 0), current));
}

}  // namespace
}  // namespace haina
