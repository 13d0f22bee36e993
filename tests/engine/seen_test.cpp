// What a user has dealt with stays out of the user's lists, and low answers push similar items down.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "small_shop.h"

namespace haina {
namespace {

constexpr int64_t kDay = 86'400'000'000;

RecommendationList list_of(const Engine& engine, const std::string& user, const ListOptions& options = {}) {
  const auto list = engine.recommend({.user = user, .history = {}, .query = "", .k = 100}, options);
  EXPECT_TRUE(list) << (list ? "" : to_text(list.error()));
  return *list;
}

bool is_offered(const Engine& engine, const std::string& user, const std::string& item,
                const ListOptions& options = {}) {
  const RecommendationList list = list_of(engine, user, options);
  return std::ranges::find(list.items, item, &RecommendedItem::item) != list.items.end();
}

std::map<std::string, float> scores_of(const Engine& engine, const std::string& user) {
  std::map<std::string, float> scores;
  for (const RecommendedItem& item : list_of(engine, user).items) {
    scores[item.item] = item.score;
  }
  return scores;
}

LiveEvent event(const std::string& action, const std::string& item, std::optional<double> value = {},
                int64_t time_us = 100'000'000) {
  return {.user = "ann", .item = item, .action = action, .value = value, .time_us = time_us};
}

Config shop_of_ratings() {
  Config config = shop_config();
  config.goal = {"rating >= 4"};
  return config;
}

TEST(Seen, LowRatingsRefusalsAndReadsOfTheVeryMomentStayOut) {
  Engine engine = shop_engine(shop_of_ratings());
  engine.learn(event("click", "i1", 1));
  engine.learn(event("dislike", "i2"));  // training never saw these actions
  engine.learn(event("read", "i3"));
  engine.learn(event("impression", "i4"));
  for (const char* const item : {"i1", "i2", "i3"}) {
    EXPECT_FALSE(is_offered(engine, "ann", item)) << item;
    EXPECT_TRUE(is_offered(engine, "ann", item, {.seen = Seen::kInclude})) << item;
  }
  EXPECT_TRUE(is_offered(engine, "ann", "i4"));
}

TEST(Seen, WhatTheDatasetKnowsStaysOutByTheSameRule) {
  const Engine views = shop_engine();  // u0 viewed i1; a view is as strong as the goal, a click
  EXPECT_FALSE(is_offered(views, "u0", "i1"));
  Config config = shop_config();
  config.serve.exclude_seen.of_action = {{"view", 0}};
  EXPECT_TRUE(is_offered(shop_engine(config), "u0", "i1"));
  EXPECT_FALSE(is_offered(shop_engine(config), "u0", "i2"));
}

TEST(Seen, AnAgeBringsItemsBack) {
  Config config = shop_config();
  config.serve.exclude_seen.of_action = {{"click", 90}};
  Engine engine = shop_engine(config);
  engine.learn(event("click", "i1", {}, 100 * kDay));
  EXPECT_FALSE(is_offered(engine, "ann", "i1"));
  EXPECT_TRUE(is_offered(engine, "u1", "i1"));  // clicked in the dataset's first seconds: more than 90 days ago by now
  engine.learn({.user = "ben", .item = "i5", .action = "click", .time_us = 191 * kDay});
  EXPECT_TRUE(is_offered(engine, "ann", "i1"));
}

TEST(Seen, ATimeBefore1970AndTheLatestTimeDoNotOverflow) {
  Config config = shop_config();
  config.serve.exclude_seen.of_action = {{"click", 90}, {"buy", 1e9}};
  Engine engine = shop_engine(config);
  engine.learn(event("click", "i1", {}, -40'000 * kDay));
  engine.learn(event("buy", "i2", {}, INT64_MAX / 2));
  EXPECT_TRUE(is_offered(engine, "ann", "i1"));
  EXPECT_FALSE(is_offered(engine, "ann", "i2"));
}

TEST(Seen, WithoutAGoalARefusalIsNone) {
  Config config = shop_config();
  config.goal = {};
  Engine engine = shop_engine(config);
  const std::map<std::string, float> before = scores_of(engine, "u0");
  engine.learn({.user = "u0", .item = "i1", .action = "dislike", .time_us = 100'000'000});
  for (const auto& [item, score] : scores_of(engine, "u0")) {
    EXPECT_LE(score, before.at(item) + 1e-5) << item;  // as a goal event it would draw items like it up
  }
}

TEST(Seen, SurvivesTheLimitOfEventsInMemory) {
  Config config = shop_config();
  config.serve.history = 2;
  Engine engine = shop_engine(config);
  for (int i = 0; i < 10; ++i) {
    engine.learn(event("click", "i" + std::to_string(i), {}, 100'000'000 + i));
  }
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(is_offered(engine, "ann", "i" + std::to_string(i))) << i;
  }
}

TEST(Seen, ARefusalOfAnItemThatComesLaterCountsThen) {
  Engine engine = shop_engine();
  engine.learn(event("dislike", "late"));
  ASSERT_TRUE(engine.put_items({{"late", {{"items.taste", {"odd"}}}}}));
  EXPECT_FALSE(is_offered(engine, "ann", "late"));
  EXPECT_TRUE(is_offered(engine, "u0", "late"));
}

TEST(Seen, ForgettingAndRelearningEndIt) {
  Engine engine = shop_engine();
  engine.learn(event("dislike", "i1"));
  engine.relearn("ann", {event("dislike", "i2")});
  EXPECT_TRUE(is_offered(engine, "ann", "i1"));
  EXPECT_FALSE(is_offered(engine, "ann", "i2"));
  engine.forget("ann");
  EXPECT_TRUE(is_offered(engine, "ann", "i2"));
}

TEST(LowAnswers, PushSimilarItemsDownInProportion) {
  Engine engine = shop_engine(shop_of_ratings());
  const std::map<std::string, float> before = scores_of(engine, "ann");
  engine.learn(event("dislike", "i1"));  // odd: "stormy road"
  const std::map<std::string, float> after = scores_of(engine, "ann");
  EXPECT_LT(after.at("i3"), before.at("i3"));
  EXPECT_GE(after.at("i3"), before.at("i3") - kMostPush - 1e-5);
  EXPECT_FLOAT_EQ(after.at("i2"), before.at("i2"));  // of the other taste: nothing in common
}

TEST(LowAnswers, AValueNearTheGoalPushesLessAndABetterAnswerEndsIt) {
  const auto rated_shop = [] {
    Dataset dataset = shop_dataset();
    dataset.events.value.fill_(1);  // the lowest value that the shop knows
    Model model = shop_model(dataset);
    return *Engine::make(shop_of_ratings(), std::move(dataset), std::move(model));
  };
  const auto push_of = [&](double value) {
    Engine engine = rated_shop();
    const float before = scores_of(engine, "ann").at("i3");
    engine.learn(event("rating", "i1", value));
    return before - scores_of(engine, "ann").at("i3");
  };
  EXPECT_GT(push_of(1), 0);
  EXPECT_NEAR(push_of(3), push_of(1) / 3, 1e-5);  // misses the goal of 4 by one instead of three
  Engine engine = rated_shop();
  const float before = scores_of(engine, "ann").at("i3");
  engine.learn(event("rating", "i1", 1));
  engine.learn(event("rating", "i1", 5));
  EXPECT_GE(scores_of(engine, "ann").at("i3"), before);
}

// A version that knows more of a user leaves more out; versions are compared by what is new to the user in both.
TEST(Seen, WhatIsNewToAUserIsWhatListsMayHold) {
  Engine engine = shop_engine();  // u0 clicked i2, i4, …, i10 and viewed i1
  const std::vector<std::string> taken = {"i0", "i2", "i1", "i3", "elsewhere"};
  EXPECT_EQ(engine.new_to("u0", taken), (std::vector<std::string>{"i0", "i3"}));
  EXPECT_EQ(engine.new_to("nobody", taken), (std::vector<std::string>{"i0", "i2", "i1", "i3"}));
  engine.learn({.user = "u0", .item = "i3", .action = "click", .time_us = 100'000'000});
  EXPECT_EQ(engine.new_to("u0", taken), std::vector<std::string>{"i0"});
}

}  // namespace
}  // namespace haina
