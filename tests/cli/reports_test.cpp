// Verdicts of an evaluation, and the order of what prepare prints.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/evaluate_report.h"
#include "cli/prepare_report.h"
#include "evaluation/verdict.h"

namespace haina {
namespace {

using Json = nlohmann::json;

struct Other {
  std::string name;
  double ndcg, low, high;  // bounds of what Haina gains
};

Json evaluation(double haina, const std::vector<Other>& others, int64_t users = 400) {
  Json document = {{"protocol", {{"users", users}, {"items", 900}, {"split", "time"}}},
                   {"models", Json::array()},
                   {"differences", Json::array()},
                   {"ablation", Json::array()}};
  const auto add = [&](const std::string& name, double value) {
    document["models"].push_back({{"name", name},
                                  {"metrics",
                                   {{"ndcg@10", {{"value", value}}},
                                    {"ndcg@20", {{"value", value}}},
                                    {"recall@10", {{"value", value}}},
                                    {"coverage@10", {{"value", 0.5}}}}}});
  };
  add("haina", haina);
  for (const Other& other : others) {
    add(other.name, other.ndcg);
    document["differences"].push_back({{"model", "haina"},
                                       {"than", other.name},
                                       {"metric", "ndcg@10"},
                                       {"delta", haina - other.ndcg},
                                       {"low", other.low},
                                       {"high", other.high},
                                       {"p", 0.01}});
  }
  return document;
}

TEST(EvaluationVerdict, SaysWhetherToUseTheLists) {
  EXPECT_EQ(
      evaluation_verdict(evaluation(0.318, {{"item_knn", 0.3, 0.01, 0.03}, {"popularity", 0.1, 0.2, 0.25}})),
      "Haina's lists are better than the best single model (item_knn) by 6.0 % NDCG@10, and are better than popularity "
      "by 218 %: use them.");
}

TEST(EvaluationVerdict, NamesNoise) {
  const std::string verdict =
      evaluation_verdict(evaluation(0.301, {{"ease", 0.3, -0.01, 0.012}, {"popularity", 0.1, 0.1, 0.3}}));
  EXPECT_TRUE(verdict.starts_with("Haina's lists are as good as the best single model (ease) within noise")) << verdict;
  EXPECT_TRUE(verdict.ends_with("use them.")) << verdict;
}

TEST(EvaluationVerdict, SaysWhenIntervalsAreTooWide) {
  const std::string verdict =
      evaluation_verdict(evaluation(0.27, {{"ease", 0.3, -0.2, 0.14}, {"popularity", 0.1, 0.1, 0.3}}, 90));
  EXPECT_TRUE(
      verdict.starts_with("Haina's lists cannot be told apart from those of the best single model (ease) with 90"))
      << verdict;
  EXPECT_TRUE(verdict.ends_with("use them or ease alone.")) << verdict;
}

TEST(EvaluationVerdict, TheBestOfManyModelsIsPartlyLuck) {
  std::vector<Other> others = {{"ease", 0.3, -0.03, -0.01}, {"popularity", 0.1, 0.1, 0.3}};
  for (int m = 0; m < 8; ++m) {
    others.push_back({"model" + std::to_string(m), 0.2, 0.01, 0.03});
  }
  const std::string verdict = evaluation_verdict(evaluation(0.28, others));  // p = 0.01, ten models
  EXPECT_NE(verdict.find("the best of 10 models on 400 users is partly luck"), std::string::npos) << verdict;
}

TEST(EvaluationVerdict, SaysWhenASingleModelIsBetter) {
  const std::string verdict =
      evaluation_verdict(evaluation(0.28, {{"ease", 0.3, -0.03, -0.01}, {"popularity", 0.1, 0.1, 0.3}}));
  EXPECT_TRUE(verdict.starts_with("Haina's lists are worse than ease alone by 6.7 % NDCG@10")) << verdict;
  EXPECT_NE(verdict.find("[train.experts.ease]"), std::string::npos) << verdict;
}

TEST(EvaluationVerdict, DoubtsTheDataWherePopularityIsNotBeaten) {
  for (const double ndcg : {0.1, 0.09}) {
    const std::string verdict = evaluation_verdict(evaluation(ndcg, {{"popularity", 0.1, -0.02, 0.02}}));
    EXPECT_NE(verdict.find("not better than popularity"), std::string::npos) << verdict;
    EXPECT_NE(verdict.find("No model beats popularity"), std::string::npos) << verdict;
  }
}

TEST(EvaluationVerdict, TooFewUsersTellNothing) {
  const std::string verdict = evaluation_verdict(evaluation(0.9, {{"ease", 0.3, 0.1, 0.9}}, 12));
  EXPECT_TRUE(verdict.starts_with("Only 12 test users: too few")) << verdict;
}

TEST(EvaluationVerdict, BearsModelsThatFindNothing) {
  EXPECT_NE(evaluation_verdict(evaluation(0.1, {{"ease", 0, 0.05, 0.15}, {"popularity", 0, 0.05, 0.15}}))
                .find("by 0.1000 NDCG@10"),
            std::string::npos);
  EXPECT_EQ(evaluation_verdict(evaluation(0.1, {})), "There is no other model to compare with.");
}

// Holm's correction counts: a loss by chance among many models is no loss.
TEST(EvaluationVerdict, ReadsTheCorrectedP) {
  Json document = evaluation(0.28, {{"ease", 0.3, -0.04, -0.001}, {"popularity", 0.1, 0.1, 0.3}});
  document["differences"][0]["p_holm"] = 0.2;
  EXPECT_EQ(evaluation_verdict(document).find("are worse than"), std::string::npos) << evaluation_verdict(document);
  document["differences"][0]["p_holm"] = 0.002;
  EXPECT_NE(evaluation_verdict(document).find("are worse than ease"), std::string::npos)
      << evaluation_verdict(document);
}

// Training chose by recall@20, by which another model is best and Haina wins; NDCG@10 would say the contrary.
Json judged_by_recall() {
  Json document = evaluation(0.28, {{"ease", 0.3, -0.03, -0.01}, {"popularity", 0.1, 0.1, 0.3}});
  document["protocol"]["metric"] = "recall@20";
  const std::vector<double> recall = {0.66, 0.4, 0.6};
  for (size_t m = 0; m < recall.size(); ++m) {
    document["models"][m]["metrics"]["recall@20"] = {{"value", recall[m]}};
    if (m > 0) {
      document["differences"].push_back({{"model", "haina"},
                                         {"than", document["models"][m]["name"]},
                                         {"metric", "recall@20"},
                                         {"delta", recall[0] - recall[m]},
                                         {"low", 0.02},
                                         {"high", 0.3},
                                         {"p", 0.001}});
    }
  }
  return document;
}

TEST(EvaluationVerdict, JudgesByTheMetricThatTrainingChoseBy) {
  const std::string better = "Haina's lists are better than the best single model (popularity) by 10 % recall@20";
  Json document = judged_by_recall();
  EXPECT_TRUE(evaluation_verdict(document).starts_with(better)) << evaluation_verdict(document);
  EXPECT_NE(evaluation_verdict(document, report::kChinese.verdict).find("recall@20 高 10 %"), std::string::npos);
  const std::string screen = evaluation_screen(document, "report.html");
  EXPECT_EQ(screen.find("NDCG"), std::string::npos) << screen;
  EXPECT_NE(screen.find("recall@20"), std::string::npos) << screen;
  document["protocol"]["metric"] = "map@50";  // not measured
  EXPECT_TRUE(evaluation_verdict(document).starts_with("Haina's lists are worse than ease alone by 6.7 % NDCG@10"));
}

// What a source adds is measured by one training: no word for it is stronger than that.
TEST(EvaluationScreen, DoesNotAdviseByOneTraining) {
  Json document = evaluation(0.318, {{"item_knn", 0.3, 0.01, 0.03}, {"popularity", 0.1, 0.2, 0.25}});
  const auto add = [&](const char* source, double low, double high) {
    document["ablation"].push_back({{"without", source},
                                    {"metric", "ndcg@10"},
                                    {"delta", (low + high) / 2},
                                    {"low", low},
                                    {"high", high},
                                    {"p_holm", low > 0 || high < 0 ? 0.01 : 0.4}});
  };
  add("cart", 0.001, 0.005);
  add("view", -0.005, -0.001);
  add("color", -0.001, 0.004);
  const std::string screen = evaluation_screen(document, "");
  const auto line_of = [&](const std::string& source) {
    const size_t begin = screen.find('\n' + source) + 1;
    return screen.substr(begin, screen.find('\n', begin) - begin);
  };
  EXPECT_TRUE(line_of("cart").ends_with("may harm: check it")) << screen;
  EXPECT_TRUE(line_of("view").ends_with("helps here")) << screen;
  EXPECT_TRUE(line_of("color").ends_with("no clear effect")) << screen;
  EXPECT_NE(screen.find("One training each: compare under other seeds ([train] seed) before haina train --exclude."),
            std::string::npos)
      << screen;
}

TEST(EvaluationScreen, ShowsListsOfOthersApartFromHainasModels) {
  Json document = evaluation(
      0.318, {{"item_knn", 0.3, 0.01, 0.03}, {"popularity", 0.1, 0.2, 0.25}, {"als of ours", 0.35, -0.05, -0.02}});
  document["protocol"]["lists"] = {{{"name", "als of ours"},
                                    {"rows", 4000},
                                    {"users", 390},
                                    {"without_list", 10},
                                    {"unknown_users", 0},
                                    {"unknown_items", 3}}};
  const std::string screen = evaluation_screen(document, "report.html");
  EXPECT_NE(screen.find("better than the best single model (item_knn)"), std::string::npos) << screen;
  EXPECT_NE(screen.find("als of ours"), std::string::npos) << screen;
  EXPECT_NE(screen.find("10 of the test users have no list"), std::string::npos) << screen;
  EXPECT_NE(screen.find("3 items of the file are unknown"), std::string::npos) << screen;
  const size_t line = screen.find("als of ours");
  EXPECT_NE(screen.substr(line, screen.find('\n', line) - line).find("worse"), std::string::npos) << screen;
}

TEST(EvaluationScreen, FitsAScreen) {
  std::vector<Other> others;
  for (int m = 0; m < 25; ++m) {
    others.push_back({"content.products.a_very_long_source_name." + std::to_string(m), 0.3 - 0.01 * m, 0.01, 0.02});
  }
  others.push_back({"popularity", 0.001, 0.2, 0.3});
  Json document = evaluation(0.318, others);
  for (int s = 0; s < 12; ++s) {
    document["ablation"].push_back({{"without", "source" + std::to_string(s)},
                                    {"metric", "ndcg@10"},
                                    {"delta", -0.001 * s},
                                    {"low", -0.01},
                                    {"high", s > 6 ? -0.001 : 0.01}});
  }
  const std::string screen = evaluation_screen(document, "report.html");
  EXPECT_LE(std::ranges::count(screen, '\n'), 24) << screen;
  size_t begin = 0;
  for (size_t end = screen.find('\n'); end != std::string::npos; begin = end + 1, end = screen.find('\n', begin)) {
    EXPECT_LE(end - begin, 106U) << screen.substr(begin, end - begin);  // bytes: "…" has three
  }
  EXPECT_NE(screen.find("popularity"), std::string::npos) << screen;
  EXPECT_NE(screen.find("helps"), std::string::npos) << screen;
}

TEST(EvaluationScreen, SourcesThatMayHarmTogetherAreCheckedTogether) {
  Json document = evaluation(0.318, {{"popularity", 0.001, 0.2, 0.3}});
  const Json harms = {{"metric", "ndcg@10"}, {"delta", 0.1}, {"low", 0.05}, {"high", 0.2}, {"p_holm", 0.001}};
  document["ablation"] = Json::array({harms, harms});
  document["ablation"][0].update({{"without", "movies"}, {"left_out", Json::array({"movies"})}});
  document["ablation"][1].update(
      {{"without", "all content of items"}, {"left_out", Json::array({"movies", "posters"})}});
  const std::string screen = evaluation_screen(document, "report.html");
  EXPECT_NE(screen.find("may harm: check it\n"), std::string::npos) << screen;
  EXPECT_NE(screen.find("may harm: check them\n"), std::string::npos) << screen;
}

TEST(PrepareReport, BeginsWithWhatTouchesMostRows) {
  const Json quality = {
      {"sources",
       {{{"name", "events"},
         {"kind", "events"},
         {"read", 100},
         {"accepted", 91},
         {"rejected", 2},
         {"dropped", 7},
         {"rejects", {"e.csv:3:2: not a number"}}}}},
      {"rules",
       {{{"rule", "duplicate dropped"}, {"source", ""}, {"count", 40}, {"examples", {"user a, item b"}}},
        {{"rule", "aligned"}, {"source", "events"}, {"count", 90}, {"examples", {"x"}}}}},
      {"missing", {{"items.price", 0.9}, {"items.year", 0.1}}},
      {"totals", {{"users", 3}, {"items", 4}, {"events", 58}, {"goals", 0}}}};
  const std::string text = prepare_report(quality);
  const auto at = [&](const std::string& words) {
    const size_t place = text.find(words);
    EXPECT_NE(place, std::string::npos) << words << " in\n" << text;
    return place;
  };
  EXPECT_LT(at("none of the 58 events meets"), at("items.price: no value in 90 %"));
  EXPECT_LT(at("items.price"), at("duplicate dropped: 40"));
  EXPECT_LT(at("duplicate dropped"), at("2 of 100 rows rejected"));
  EXPECT_LT(at("rows rejected"), at("accepted"));
  EXPECT_LT(at("rejected  dropped"), at("91"));
  EXPECT_NE(text.find(" 7\n"), std::string::npos) << text;
  EXPECT_LT(at("no value in: items.year 10 %"), at("events: aligned (90)"));
  EXPECT_LT(at("aligned"), at("3 users, 4 items, 58 events"));
}

}  // namespace
}  // namespace haina
