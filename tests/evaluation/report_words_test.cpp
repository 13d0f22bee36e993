// The languages of the report.
#include "evaluation/report_words.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "evaluation/verdict.h"

namespace haina {
namespace {

using Json = nlohmann::json;
using report::kChinese;
using report::kEnglish;

// A language that lacks a text does not compile.
static_assert(!std::is_default_constructible_v<report::Phrase<>>);
static_assert(!std::is_default_constructible_v<report::Phrase<report::Word>>);

TEST(Language, KnowsTwo) {
  EXPECT_EQ(parse_language("en"), Language::kEnglish);
  EXPECT_EQ(parse_language("zh"), Language::kChinese);
  for (const char* const other : {"de", "", "EN", "zh-CN"}) {
    const auto unknown = parse_language(other);
    ASSERT_FALSE(unknown) << other;
    EXPECT_EQ(unknown.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(unknown.error().at, "--language");
    EXPECT_NE(unknown.error().what.find(std::string("'") + other + "'"), std::string::npos) << unknown.error().what;
    EXPECT_NE(unknown.error().hint.find("en"), std::string::npos) << unknown.error().hint;
    EXPECT_NE(unknown.error().hint.find("zh"), std::string::npos) << unknown.error().hint;
  }
}

TEST(ReportWords, ReadsTextsOfTheDocumentByTheirForm) {
  EXPECT_EQ(value_text(kChinese, "tested", "2025-03-01 to 2025-03-14"), "2025-03-01 至 2025-03-14");
  EXPECT_EQ(value_text(kChinese, "tested", "2025-03-01"), "2025-03-01");
  EXPECT_EQ(value_text(kChinese, "rule", "missing value filled with mean"), "缺失值以 mean 填充");
  EXPECT_EQ(value_text(kChinese, "rule", "vector of another length than 64 left out"), "略去长度不是 64 的向量");
  EXPECT_EQ(value_text(kChinese, "rule", "vector of another length than 64"), "vector of another length than 64");
  EXPECT_EQ(value_text(kChinese, "rule", "duplicate dropped twice"), "duplicate dropped twice");
  EXPECT_EQ(value_text(kChinese, "name", "duplicate dropped"), "duplicate dropped");
  EXPECT_EQ(value_text(kEnglish, "rule", "duplicate dropped"), "duplicate dropped");
  EXPECT_EQ(key_text(kChinese, "users"), "用户");
  EXPECT_EQ(key_text(kChinese, "movies.year"), "movies.year");
  EXPECT_EQ(key_text(kEnglish, "users"), "users");
}

struct Other {
  std::string name;
  double ndcg, low, high;  // bounds of what Haina gains
};

std::string chinese_verdict(double haina, const std::vector<Other>& others, int64_t users = 400) {
  const auto model = [](const std::string& name, double value) {
    return Json{{"name", name}, {"metrics", {{"ndcg@10", {{"value", value}}}}}};
  };
  Json document = {{"protocol", {{"users", users}}}, {"models", {model("haina", haina)}}};
  for (const Other& other : others) {
    document["models"].push_back(model(other.name, other.ndcg));
    document["differences"].push_back({{"than", other.name},
                                       {"metric", "ndcg@10"},
                                       {"delta", haina - other.ndcg},
                                       {"low", other.low},
                                       {"high", other.high},
                                       {"p", 0.01}});
  }
  return evaluation_verdict(document, kChinese.verdict);
}

TEST(ChineseVerdict, SaysTheSameAsTheEnglish) {
  const Other popularity = {"popularity", 0.1, 0.1, 0.3};
  EXPECT_EQ(chinese_verdict(0.318, {{"ease", 0.3, 0.01, 0.03}, popularity}),
            "海纳的列表优于最好的单个模型 ease（NDCG@10 高 6.0 %），优于热门模型 popularity（高 218 %）：可以使用。");
  EXPECT_EQ(chinese_verdict(0.301, {{"ease", 0.3, -0.01, 0.012}, popularity}),
            "海纳的列表与最好的单个模型 ease 同样好，差别在误差之内（NDCG@10 +0.3 %，95 % 区间 -3.3 至 "
            "+4.0 %），优于热门模型 popularity（高 201 %）：可以使用。");
  EXPECT_EQ(chinese_verdict(0.27, {{"ease", 0.3, -0.2, 0.14}, popularity}, 90),
            "海纳的列表与最好的单个模型 ease 的列表在 90 名测试用户上分不出高下（NDCG@10 -10.0 %，95 % 区间 -66.7 至 "
            "+46.7 %），优于热门模型 popularity（高 170 %）：可以使用，也可以只用 ease。");
  EXPECT_EQ(chinese_verdict(0.28, {{"ease", 0.3, -0.03, -0.01}, popularity}),
            "海纳的列表不如单独的 ease（NDCG@10 低 6.7 %，95 % 区间 -10.0 至 -3.3 %），优于热门模型 "
            "popularity（高 180 %）：可以试试 haina train --budget 10m；否则用 [train] network = \"none\" 和 "
            "[train.experts.ease] 单独提供 ease 的列表。");
  EXPECT_TRUE(chinese_verdict(0.1, {{"popularity", 0.1, -0.02, 0.02}}).starts_with("海纳的列表并不优于热门模型 "))
      << chinese_verdict(0.1, {{"popularity", 0.1, -0.02, 0.02}});
  EXPECT_NE(chinese_verdict(0.05, {{"popularity", 0.1, -0.08, -0.02}}).find("不如热门模型 popularity（NDCG@10 -50 %"),
            std::string::npos);
  EXPECT_EQ(chinese_verdict(0.1, {}), "没有其他模型可以比较。");
  EXPECT_TRUE(chinese_verdict(0.9, {{"ease", 0.3, 0.1, 0.9}}, 12).starts_with("只有 12 名测试用户：太少"));
}

TEST(ChineseVerdict, TheBestOfManyModelsIsPartlyLuck) {
  std::vector<Other> others = {{"ease", 0.3, -0.03, -0.01}, {"popularity", 0.1, 0.1, 0.3}};
  for (int m = 0; m < 8; ++m) {
    others.push_back({"model" + std::to_string(m), 0.2, 0.01, 0.03});
  }
  EXPECT_NE(chinese_verdict(0.28, others).find("；10 个模型中在 400 名用户上最好的那个，有运气的成分"),
            std::string::npos)
      << chinese_verdict(0.28, others);
}

}  // namespace
}  // namespace haina
