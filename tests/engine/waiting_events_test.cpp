// Events of items that are not in the catalog yet: bounded in every way, and junk cannot keep out what can still match.
#include "engine/waiting_events.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace haina {
namespace {

using Waiting = WaitingEvents<int>;

TEST(WaitingEvents, AreGivenOutInTheirOrderOnce) {
  Waiting waiting;
  waiting.add("u", "a", 1, UserKnown::kYes);
  waiting.add("v", "b", 2, UserKnown::kNo);
  waiting.add("v", "a", 3, UserKnown::kNo);
  const auto taken = waiting.take("a");
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0], (std::pair<std::string, int>("u", 1)));
  EXPECT_EQ(taken[1], (std::pair<std::string, int>("v", 3)));
  EXPECT_TRUE(waiting.take("a").empty());
  EXPECT_EQ(waiting.size(), 1U);
  waiting.take("b");
  EXPECT_EQ(waiting.bytes(), 0U);
}

TEST(WaitingEvents, JunkOfUnknownUsersCannotFillThemForGood) {
  Waiting waiting({.events = 100});
  waiting.add("known", "soon", 1, UserKnown::kYes);
  for (int i = 0; i < 10'000; ++i) {
    waiting.add("junk" + std::to_string(i), "junk" + std::to_string(i), i, UserKnown::kNo);
  }
  waiting.add("late", "new", 2, UserKnown::kNo);
  EXPECT_EQ(waiting.size(), 100U);
  EXPECT_EQ(waiting.take("soon").size(), 1U) << "of a known user: older than all the junk, and still there";
  EXPECT_EQ(waiting.take("new").size(), 1U) << "the newest always finds room";
  EXPECT_EQ(waiting.take("junk0").size(), 0U);
}

TEST(WaitingEvents, TheOldestGoFirst) {
  Waiting waiting({.events = 3});
  for (int i = 0; i < 5; ++i) {
    waiting.add("u" + std::to_string(i), "i" + std::to_string(i), i, UserKnown::kYes);
  }
  EXPECT_TRUE(waiting.take("i0").empty());
  EXPECT_TRUE(waiting.take("i1").empty());
  EXPECT_EQ(waiting.take("i2").size(), 1U);
  EXPECT_EQ(waiting.take("i4").size(), 1U);
}

TEST(WaitingEvents, AUserAndAnItemHaveAShareEach) {
  Waiting waiting({.events = 1000, .of_user = 5, .of_item = 7});
  for (int i = 0; i < 50; ++i) {
    waiting.add("one", "i" + std::to_string(i), i, UserKnown::kYes);
    waiting.add("u" + std::to_string(i), "one", i, UserKnown::kYes);
  }
  EXPECT_EQ(waiting.size(), 12U);
  EXPECT_EQ(waiting.take("i49").size(), 1U);
  const auto of_item = waiting.take("one");
  ASSERT_EQ(of_item.size(), 7U);
  EXPECT_EQ(of_item.front().second, 43);
}

TEST(WaitingEvents, LongIdsCountAsTheirBytes) {
  Waiting waiting({.bytes = 100'000});
  for (int i = 0; i < 1000; ++i) {
    waiting.add(std::string(1000, 'u') + std::to_string(i), std::string(1000, 'i') + std::to_string(i), i,
                UserKnown::kYes);
    EXPECT_LE(waiting.bytes(), 100'000U);
  }
  EXPECT_GT(waiting.size(), 10U);
  EXPECT_LT(waiting.size(), 40U);
}

TEST(WaitingEvents, AForgottenUsersGo) {
  Waiting waiting;
  waiting.add("u", "a", 1, UserKnown::kYes);
  waiting.add("u", "b", 2, UserKnown::kNo);
  waiting.add("v", "a", 3, UserKnown::kYes);
  EXPECT_EQ(waiting.users().size(), 2U);
  waiting.forget("u");
  waiting.forget("nobody");
  EXPECT_EQ(waiting.users(), std::vector<std::string>{"v"});
  EXPECT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting.take("a").front().first, "v");
}

}  // namespace
}  // namespace haina
