#include "base/seed.h"

#include <gtest/gtest.h>

namespace haina {
namespace {

TEST(RandomStream, SameSeedAndPurposeGiveTheSameDraws) {
  RandomStream a(7, "test"), b(7, "test"), other(7, "another");
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), other.next());
}

TEST(RandomStream, BelowStaysInsideAndCoversTheRange) {
  RandomStream stream(1);
  std::vector<int> hits(5, 0);
  for (int i = 0; i < 5000; ++i) {
    ++hits[static_cast<size_t>(stream.below(5))];
  }
  for (const int count : hits) {
    EXPECT_NEAR(count, 1000, 150);  // 5 standard deviations are 141
  }
}

}  // namespace
}  // namespace haina
