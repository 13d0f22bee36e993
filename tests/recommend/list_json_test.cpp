#include "recommend/list_json.h"

#include <gtest/gtest.h>

namespace haina {
namespace {

TEST(ListJson, AListWithEverythingIsWrittenInFull) {
  const RecommendationList list = {
      .user = "u1",
      .k = 2,
      .notes = {"a note"},
      .items = {{.item = "i7",
                 .title = "Seven",
                 .score = 1.5F,
                 .actions = {{"buy", 0.25F}, {"view", 0.5F}},
                 .explanation = Explanation{.sources = {{"behaviour", 0.75}, {"content", 0.25}},
                                            .experts = {{"ease", 1.0}},
                                            .nearest = {{"i3", "Three", 0.5}},
                                            .channel = Channel::kSimilar,
                                            .text = "close to Three"}}},
      .model = "20260101"};
  EXPECT_EQ(to_json(list).dump(),
            R"({"items":[{"actions":{"buy":0.25,"view":0.5},"item":"i7","score":1.5,"title":"Seven",)"
            R"("why":{"channel":"similar","experts":{"ease":1.0},)"
            R"("nearest":[{"item":"i3","similarity":0.5,"title":"Three"}],)"
            R"("sources":{"behaviour":0.75,"content":0.25},"text":"close to Three"}}],)"
            R"("k":2,"model":"20260101","notes":["a note"],"schema":"haina.recommend/1","user":"u1"})");
}

TEST(ListJson, WhatAListLacksIsLeftOut) {
  EXPECT_EQ(to_json(RecommendationList{.user = "", .k = 10, .notes = {}, .items = {}}).dump(),
            R"({"items":[],"k":10,"notes":[],"schema":"haina.recommend/1","user":""})");
  const RecommendationList plain = {
      .user = "u1", .k = 1, .notes = {}, .items = {{.item = "i7", .title = "Seven", .score = 0.1F}}};
  // The float 0.1 as a double: all digits that the score has.
  EXPECT_EQ(to_json(plain).at("items").dump(), R"([{"item":"i7","score":0.10000000149011612,"title":"Seven"}])");
  RecommendationList explained = plain;
  Explanation& by_rules = explained.items[0].explanation.emplace();
  by_rules.rules = {{.name = "a", .effect = RuleEffect::kPin, .position = 2},
                    {.name = "b", .effect = RuleEffect::kBoost, .by = -1}};
  EXPECT_EQ(to_json(explained).at("items")[0].at("why").at("rules").dump(),
            R"([{"do":"pin","name":"a","position":2},{"by":-1.0,"do":"boost","name":"b"}])");
  explained.items[0].explanation = Explanation{.sources = {}, .experts = {}, .nearest = {}, .text = ""};
  EXPECT_EQ(to_json(explained).at("items")[0].at("why").dump(),
            R"({"channel":"all","experts":{},"nearest":[],"sources":{},"text":""})");
}

TEST(ListJson, SimilarItems) {
  EXPECT_EQ(to_json(SimilarItems{.item = "i1", .items = {{.item = "i2", .title = "Two", .score = 0.5F}}}).dump(),
            R"({"item":"i1","items":[{"item":"i2","score":0.5,"title":"Two"}],"schema":"haina.similar/1"})");
}

}  // namespace
}  // namespace haina
