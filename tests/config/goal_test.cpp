#include "config/goal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace haina {
namespace {

Config with_goals(std::vector<std::string> goals) {
  Config config;
  config.file = "haina.toml";
  config.goal = std::move(goals);
  return config;
}

TEST(Goals, AreAnActionOrAValueWithABound) {
  const auto goals = parse_goals(with_goals({"watch", "rating >= 4", "price<2.5"}));
  ASSERT_TRUE(goals) << to_text(goals.error());
  ASSERT_EQ(goals->size(), 3U);
  EXPECT_EQ((*goals)[0].name, "watch");
  EXPECT_TRUE((*goals)[0].op.empty());
  EXPECT_EQ((*goals)[1].name, "rating");
  EXPECT_EQ((*goals)[1].op, ">=");
  EXPECT_DOUBLE_EQ((*goals)[2].bound, 2.5);
}

TEST(Goals, EveryComparisonHolds) {
  for (const auto& [op, below, equal, above] :
       {std::tuple{">=", false, true, true}, std::tuple{">", false, false, true}, std::tuple{"<=", true, true, false},
        std::tuple{"<", true, false, false}, std::tuple{"==", false, true, false},
        std::tuple{"!=", true, false, true}}) {
    const Goal goal = {.name = "rating", .op = op, .bound = 4};
    EXPECT_EQ(goal.met(3), below) << op;
    EXPECT_EQ(goal.met(4), equal) << op;
    EXPECT_EQ(goal.met(5), above) << op;
  }
}

TEST(Goals, OneThatCannotBeReadNamesBothForms) {
  for (const char* const text :
       {"rating >= four", "rating =>4", ">= 4", "rating >=", "rating >= 4 stars", "rating ! 4"}) {
    const auto goals = parse_goals(with_goals({text}));
    ASSERT_FALSE(goals) << text;
    EXPECT_EQ(goals.error().at, "haina.toml");
    EXPECT_NE(goals.error().what.find(text), std::string::npos);
    EXPECT_NE(goals.error().hint.find("rating >= 4"), std::string::npos);
    EXPECT_NE(goals.error().hint.find("watch"), std::string::npos);
  }
}

TEST(Goals, ALiveEventMeetsAnActionOrABoundOnItsValue) {
  const auto goals = parse_goals(with_goals({"buy", "rating >= 4"}));
  ASSERT_TRUE(goals);
  EXPECT_TRUE(is_wanted(*goals, "buy", std::nullopt));
  EXPECT_TRUE(is_wanted(*goals, "rate", 4.0));
  EXPECT_FALSE(is_wanted(*goals, "rate", 3.0));
  EXPECT_FALSE(is_wanted(*goals, "rate", std::nullopt));
  EXPECT_FALSE(is_wanted(*goals, "rate", std::numeric_limits<double>::quiet_NaN()));
  EXPECT_TRUE(is_wanted({}, "anything", std::nullopt));
}

}  // namespace
}  // namespace haina
