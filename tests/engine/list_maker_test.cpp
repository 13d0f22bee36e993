// Many lists from one ListMaker are those that recommend() makes one by one.
#include "recommend/list_maker.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "small_shop.h"

namespace haina {
namespace {

std::vector<std::string> ids_of(const Result<RecommendationList>& list) {
  EXPECT_TRUE(list) << (list ? "" : to_text(list.error()));
  std::vector<std::string> ids;
  for (const RecommendedItem& item : list ? list->items : std::vector<RecommendedItem>()) {
    ids.push_back(item.item);
  }
  return ids;
}

ServeConfig with_filter(const std::string& value) {
  ServeConfig serve;
  RuleConfig rule;
  rule.name = "filter";
  rule.effect = RuleEffect::kFilter;
  rule.field = "items.taste";
  rule.is = {value};
  rule.place = "haina.toml:9:1";
  serve.rules.push_back(rule);
  return serve;
}

TEST(ListMaker, GivesTheListsOfRecommend) {
  const Dataset dataset = shop_dataset();
  const Model model = shop_model(dataset);
  const ServeConfig serve = with_filter("odd");
  const auto maker = ListMaker::make(dataset, model, serve, {});
  ASSERT_TRUE(maker) << to_text(maker.error());
  for (const char* const user : {"u0", "u1", "u5", "nobody", ""}) {
    for (const char* const query : {"", "quiet"}) {
      const RecommendRequest request = {.user = user, .history = {}, .query = query, .k = 7};
      const auto one = maker->list(request), other = recommend(dataset, model, request, serve);
      EXPECT_EQ(ids_of(one), ids_of(other)) << user << " " << query;
      EXPECT_EQ(one->notes, other->notes);
      EXPECT_FALSE(one->items.empty());
    }
  }
}

TEST(ListMaker, CompilesTheRulesWhenItIsMade) {
  const Dataset dataset = shop_dataset();
  const Model model = shop_model(dataset);
  ServeConfig serve = with_filter("odd");
  const auto maker = ListMaker::make(dataset, model, serve, {});
  ASSERT_TRUE(maker) << to_text(maker.error());
  const std::vector<std::string> before = ids_of(maker->list({.user = "u0", .history = {}, .query = "", .k = 9}));
  serve.rules.front().field = "items.nothing";  // which recommend() refuses
  EXPECT_EQ(ids_of(maker->list({.user = "u0", .history = {}, .query = "", .k = 9})), before);
  const auto refused = ListMaker::make(dataset, model, serve, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().at, "haina.toml:9:1");
}

}  // namespace
}  // namespace haina
