#include "data/seen_actions.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace haina {
namespace {

constexpr int64_t kDay = 86'400'000'000;

// Two events of each action, the first of which meets the goal if `goal` names the action.
Dataset with_actions(const std::vector<std::pair<std::string, bool>>& actions) {
  Dataset dataset;
  dataset.users.find_or_add("u");
  std::vector<int32_t> item, action;
  std::vector<int32_t> goal;
  for (const auto& [name, is_goal] : actions) {
    const int32_t code = dataset.actions.find_or_add(name);
    for (int i = 0; i < 2; ++i) {
      item.push_back(dataset.items.find_or_add("i" + std::to_string(item.size())));
      action.push_back(code);
      goal.push_back(is_goal && i == 0 ? 1 : 0);
    }
  }
  const int64_t n = std::ssize(item);
  dataset.events = {.user = at::zeros({n}, at::kInt),
                    .item = at::tensor(item, at::kInt),
                    .action = at::tensor(action, at::kInt).to(at::kByte),
                    .value = at::full({n}, std::numeric_limits<float>::quiet_NaN(), at::kFloat),
                    .weight = at::ones({n}),
                    .time = at::arange(n, at::kLong),
                    .goal = at::tensor(goal, at::kInt).to(at::kBool),
                    .part = at::zeros({n}, at::kByte)};
  return dataset;
}

bool stays_out(const SeenRules& rules, const std::string& action) { return rules.age_us(action) > 0; }

SeenRules rules_of(const Dataset& dataset, const std::vector<Goal>& goals, ServeConfig serve = {}) {
  const Result<SeenRules> rules = SeenRules::make(serve, dataset, goals);
  EXPECT_TRUE(rules) << (rules ? "" : to_text(rules.error()));
  return *rules;
}

TEST(SeenRules, NamesOfActionsSayHowStrongTheyAre) {
  const std::pair<const char*, Deed> cases[] = {
      {"impression", Deed::kShown},        {"view", Deed::kLookedAt},     {"Page_View", Deed::kLookedAt},
      {"viewed", Deed::kLookedAt},         {"clicks", Deed::kLookedAt},   {"pv", Deed::kLookedAt},
      {"addtocart", Deed::kWanted},        {"AddToCart", Deed::kWanted},  {"add-to-wishlist", Deed::kWanted},
      {"remove_from_cart", Deed::kWanted}, {"like", Deed::kWanted},       {"rating", Deed::kDealtWith},
      {"ratings", Deed::kDealtWith},       {"reviews", Deed::kDealtWith}, {"transaction", Deed::kDealtWith},
      {"purchased", Deed::kDealtWith},     {"read", Deed::kDealtWith},    {"anything else", Deed::kDealtWith},
      {"dislike", Deed::kRefused},         {"disliked", Deed::kRefused},  {"not_interested", Deed::kRefused},
      {"thumbs_down", Deed::kRefused},     {"skip", Deed::kRefused},      {"unlike", Deed::kRefused}};
  for (const auto& [name, deed] : cases) {
    EXPECT_EQ(deed_of(name), deed) << name;
  }
}

TEST(SeenRules, UnderAGoalOfHighRatingsEveryRatingStaysOut) {
  const Dataset dataset = with_actions({{"rating", true}, {"view", false}});
  const SeenRules rules = rules_of(dataset, {{.name = "rating", .op = ">=", .bound = 4}});
  EXPECT_EQ(rules.age_us(uint8_t{0}), SeenRules::kForever);
  EXPECT_EQ(rules.age_us(uint8_t{1}), 0);
  EXPECT_TRUE(stays_out(rules, "dislike"));  // posted later, unknown to training
  EXPECT_TRUE(stays_out(rules, "read"));
  EXPECT_FALSE(stays_out(rules, "click"));
}

TEST(SeenRules, UnderAGoalOfPurchasesViewsAndCartsComeBack) {
  const Dataset dataset = with_actions({{"view", false}, {"cart", false}, {"buy", true}, {"review", false}});
  const SeenRules rules = rules_of(dataset, {{.name = "buy", .op = ""}});
  EXPECT_FALSE(stays_out(rules, "view"));
  EXPECT_FALSE(stays_out(rules, "cart"));
  EXPECT_TRUE(stays_out(rules, "buy"));
  EXPECT_TRUE(stays_out(rules, "review"));
}

TEST(SeenRules, UnderAWeakGoalWhatIsAsStrongStaysOut) {
  const SeenRules rules =
      rules_of(with_actions({{"impression", false}, {"click", true}}), {{.name = "click", .op = ""}});
  EXPECT_FALSE(stays_out(rules, "impression"));
  EXPECT_TRUE(stays_out(rules, "click"));
  EXPECT_TRUE(stays_out(rules, "cart"));
}

TEST(SeenRules, WithoutAGoalEverythingStaysOut) {
  Dataset dataset = with_actions({{"impression", false}, {"view", true}});
  dataset.events.goal.fill_(true);
  const SeenRules rules = rules_of(dataset, {});
  EXPECT_TRUE(stays_out(rules, "impression"));
  EXPECT_TRUE(stays_out(rules, "view"));
}

TEST(SeenRules, WithoutEventsTheGoalAloneDecides) {
  const SeenRules rules = rules_of(with_actions({}), {{.name = "buy", .op = ""}});
  EXPECT_TRUE(stays_out(rules, "buy"));
  EXPECT_FALSE(stays_out(rules, "view"));
  EXPECT_TRUE(stays_out(rules_of(with_actions({}), {}), "view"));
}

TEST(SeenRules, SettingsReplaceTheRule) {
  ServeConfig serve;
  serve.exclude_seen.of_action = {{"buy", 90}, {"view", ExcludeSeen::kForever}};
  const Dataset dataset = with_actions({{"view", false}, {"buy", true}, {"cart", false}});
  const SeenRules rules = rules_of(dataset, {{.name = "buy", .op = ""}}, serve);
  EXPECT_EQ(rules.age_us("buy"), 90 * kDay);
  EXPECT_EQ(rules.age_us("view"), SeenRules::kForever);
  EXPECT_EQ(rules.age_us("cart"), 0);
  serve.exclude_seen = {.all = 0};
  EXPECT_FALSE(stays_out(rules_of(dataset, {{.name = "buy", .op = ""}}, serve), "buy"));
}

TEST(SeenRules, AnUnknownActionIsRefusedAndAKnownWordIsReported) {
  ServeConfig serve;
  serve.exclude_seen.of_action = {{"purchse", 90}};
  serve.places = {{"exclude_seen.purchse", "haina.toml:9:20"}};
  const Dataset dataset = with_actions({{"view", false}, {"purchase", true}});
  const auto refused = SeenRules::make(serve, dataset, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused.error().at, "haina.toml:9:20");
  EXPECT_NE(refused.error().hint.find("did you mean 'purchase'"), std::string::npos) << refused.error().hint;
  serve.exclude_seen.of_action = {{"read", 0}};
  EXPECT_EQ(rules_of(dataset, {}, serve).unused_names(), std::vector<std::string>{"read"});
}

TEST(SeenRules, AnAgeEndsAndAnEventWithoutATimeDoesNot) {
  EXPECT_TRUE(keeps_out(90 * kDay, 0, 89 * kDay));
  EXPECT_FALSE(keeps_out(90 * kDay, 0, 90 * kDay));
  EXPECT_TRUE(keeps_out(90 * kDay, kNoTime, 1000 * kDay));
  EXPECT_TRUE(keeps_out(SeenRules::kForever, 0, 1'000'000 * kDay));
  EXPECT_FALSE(keeps_out(0, 0, 0));
}

TEST(SeenItems, AreThoseThatTheRulesKeepOut) {
  const Dataset dataset = with_actions({{"view", false}, {"rating", true}});
  const SeenRules rules = rules_of(dataset, {{.name = "rating", .op = ">=", .bound = 4}});
  UserState state;
  state.history = {{.item = ItemId{3}, .action = 1}};
  state.other_events = {{.item = ItemId{2}, .action = 1}, {.item = ItemId{0}, .action = 0}};
  EXPECT_EQ(seen_items(state, &rules), (std::vector<int32_t>{2, 3}));
  EXPECT_EQ(seen_items(state), std::vector<int32_t>{3});
}

}  // namespace
}  // namespace haina
