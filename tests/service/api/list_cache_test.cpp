#include "service/api/list_cache.h"

#include <gtest/gtest.h>

namespace haina {
namespace {

TEST(ListCache, AnotherVersionIsNotFound) {
  ListCache cache(1 << 20);
  EXPECT_FALSE(cache.find("u", 1));
  cache.put("u", 1, "one");
  EXPECT_EQ(cache.find("u", 1), "one");
  EXPECT_FALSE(cache.find("u", 2));
  EXPECT_FALSE(cache.find("u", 1));  // the old one is gone for good: versions only grow
  cache.put("u", 2, "two");
  cache.put("u", 3, "three");
  EXPECT_EQ(cache.find("u", 3), "three");
}

TEST(ListCache, StaysWithinItsBytesAndForgetsWhatWasAskedForLongestAgo) {
  ListCache cache(16 * 10'000);  // of sixteen shards, some thirty answers each
  const std::string answer(150, 'x');
  cache.put("kept", 1, answer);
  for (int i = 0; i < 5000; ++i) {
    cache.put("u" + std::to_string(i), 1, answer);
    ASSERT_EQ(cache.find("kept", 1), answer) << i;
  }
  int found = 0;
  for (int i = 0; i < 5000; ++i) {
    found += cache.find("u" + std::to_string(i), 1) ? 1 : 0;
  }
  EXPECT_LT(found, 16 * 40);
  EXPECT_GT(found, 16 * 20);
  EXPECT_TRUE(cache.find("u4999", 1));
}

TEST(ListCache, OfNoBytesKeepsNothing) {
  ListCache cache(0);
  cache.put("u", 1, "one");
  EXPECT_FALSE(cache.find("u", 1));
}

}  // namespace
}  // namespace haina
