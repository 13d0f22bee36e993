// By what the report judges, and how surely.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "evaluation/report_html.h"

namespace haina {
namespace {

using nlohmann::json;

// NDCG@10 says that Haina loses, recall@5 that it wins; training chose by the latter.
json chosen_by_recall() {
  const auto model = [](const char* name, double ndcg, double recall) {
    return json{{"name", name}, {"metrics", {{"ndcg@10", {{"value", ndcg}}}, {"recall@5", {{"value", recall}}}}}};
  };
  const auto difference = [](const char* than, const char* metric, double delta) {
    return json{{"model", "haina"}, {"than", than},        {"metric", metric}, {"delta", delta},
                {"low", delta / 2}, {"high", 1.5 * delta}, {"p", 0.001},       {"p_holm", 0.002}};
  };
  json document = {{"schema", "haina.evaluate/1"},
                   {"protocol",
                    {{"users", 400},
                     {"metric", "recall@5"},
                     {"pairs", {{"count", 340}, {"negatives", "sampled"}, {"scores", "ranker"}}}}},
                   {"models", {model("haina", 0.2, 0.33), model("ease", 0.3, 0.3), model("popularity", 0.1, 0.1)}},
                   {"differences", {difference("ease", "recall@5", 0.03), difference("popularity", "recall@5", 0.23)}},
                   {"ablation", {difference("", "recall@5", -0.02)}}};
  document["differences"].push_back(difference("ease", "ndcg@10", -0.1));
  document["ablation"][0]["without"] = "tags";
  return document;
}

TEST(ReportHtml, JudgesByTheMetricThatTrainingChoseBy) {
  const std::string page = report_html(chosen_by_recall());
  for (const char* const part :
       {"better than the best single model (ease) by 10 % recall@5, and are better than popularity",
        "<h2>recall@5 of each model</h2>\n<p>How well the first 5 places of a list match what the user chose next. "
        "Thin "
        "lines",
        "<div class=\"name\">haina recall@5</div>", "<b>metric</b>recall@5"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part << "\n" << page.substr(page.find("<header"), 900);
  }
  const std::string chinese = report_html(chosen_by_recall(), Language::kChinese);
  for (const char* const part : {"（recall@5 高 10 %）", "<b>指标</b>recall@5", "分数来自 排序器"}) {
    EXPECT_NE(chinese.find(part), std::string::npos) << part;
  }
}

TEST(ReportHtml, SaysThatASourceIsMeasuredByOneTraining) {
  EXPECT_NE(report_html(chosen_by_recall()).find("one training each, with one seed"), std::string::npos);
  EXPECT_NE(report_html(chosen_by_recall(), Language::kChinese).find("每个来源只用一个种子训练一次"),
            std::string::npos);
}

}  // namespace
}  // namespace haina
