#include "evaluation/document.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "small_held_out.h"

namespace haina {
namespace {

class DocumentTest : public testing::Test {
 protected:
  void SetUp() override {
    const Scorer reversed = [](std::span<const UserState> users) { return -same_for_all(users); };
    EvaluationReport report;
    report.models.push_back(*evaluate_model("haina", same_for_all, small_held_out(), small_options()));
    report.models.push_back(*evaluate_model("ease", reversed, small_held_out(), small_options()));
    const std::vector<std::string> metrics = {"ndcg@3", "not measured"};
    report.differences = differences_to_first(report.models, metrics);
    report.ablation = {ablate("movies", report.models[0], report.models[1], "ndcg@3"),
                       ablate("all content of items", report.models[0], report.models[1], "ndcg@3")};
    report.ablation[1].left_out = {"movies", "posters"};
    report.protocol = {{"split", "leave_last"}, {"candidates", "full"}};
    report.seconds = {{"train", 12.5}};
    ndcg_ = {report.models[0].metrics.at("ndcg@3").value, report.models[1].metrics.at("ndcg@3").value};
    document_ = make_document(report);
  }
  std::vector<double> ndcg_;
  nlohmann::json document_;
};

TEST_F(DocumentTest, FollowsTheSchema) {
  EXPECT_EQ(document_["schema"], "haina.evaluate/1");
  EXPECT_EQ(document_["protocol"]["candidates"], "full");
  EXPECT_EQ(document_["models"][0]["name"], "haina");
  const nlohmann::json& ndcg = document_["models"][0]["metrics"]["ndcg@3"];
  EXPECT_LE(ndcg["low"], ndcg["value"]);
  EXPECT_LE(ndcg["value"], ndcg["high"]);
  ASSERT_EQ(document_["differences"].size(), 1);
  EXPECT_EQ(document_["differences"][0]["than"], "ease");
  EXPECT_NEAR(document_["differences"][0]["delta"].get<double>(), ndcg_[0] - ndcg_[1], 1e-12);
  ASSERT_EQ(document_["ablation"].size(), 2);
  EXPECT_EQ(document_["ablation"][0]["without"], "movies");
  EXPECT_EQ(document_["ablation"][0]["left_out"], nlohmann::json::array({"movies"}));
  EXPECT_EQ(document_["ablation"][1]["left_out"], nlohmann::json::array({"movies", "posters"}));
  EXPECT_NEAR(document_["ablation"][0]["delta"].get<double>(), ndcg_[1] - ndcg_[0], 1e-12);
  EXPECT_FALSE(document_["models"][0]["metrics"]["coverage@3"].contains("low"));
  EXPECT_FALSE(document_.contains("quality"));
  EXPECT_EQ(document_.dump().find("null"), std::string::npos);  // how NaN would be written
}

TEST_F(DocumentTest, BecomesAlignedTables) {
  const std::string table = to_table(document_);
  for (const char* part : {"leave_last", "model", "haina", "ease", "ndcg@1", "95% interval", "haina - ease", "movies",
                           "cold_users", "train 12.5"}) {
    EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
  }
  EXPECT_EQ(table.find("nan"), std::string::npos) << table;
}

TEST(Document, ShowsPublishedCandidatesSeparately) {
  const Scorer reversed = [](std::span<const UserState> users) { return -same_for_all(users); };
  EvaluationReport report;
  report.models.push_back(*evaluate_model("haina", same_for_all, small_held_out(), small_options()));
  EXPECT_FALSE(make_document(report).contains("sampled"));
  EXPECT_EQ(to_table(make_document(report)).find("published candidates"), std::string::npos);
  SampledEvaluation sampled = {.fewest = 2, .most = 3, .users = 2};
  sampled.models.push_back(*evaluate_model("haina", same_for_all, small_held_out(), small_options()));
  sampled.models.push_back(*evaluate_model("ease", reversed, small_held_out(), small_options()));
  const std::vector<std::string> metrics = {"ndcg@1", "recall@3"};
  sampled.differences = differences_to_first(sampled.models, metrics);
  report.sampled = sampled;
  const nlohmann::json document = make_document(report);
  EXPECT_EQ(document["sampled"]["candidates"], 3);
  EXPECT_EQ(document["sampled"]["fewest"], 2);
  EXPECT_EQ(document["sampled"]["users"], 2);
  EXPECT_EQ(document["sampled"]["models"][1]["name"], "ease");
  EXPECT_TRUE(document["sampled"]["models"][1]["metrics"].contains("ndcg@1"));
  EXPECT_EQ(document["sampled"]["differences"].size(), 2);
  const std::string table = to_table(document);
  const size_t begin = table.find("published candidates");
  ASSERT_NE(begin, std::string::npos) << table;
  EXPECT_NE(table.find("compare only with numbers"), std::string::npos);
  EXPECT_NE(table.find("haina - ease", begin), std::string::npos) << table;
  EXPECT_EQ(table.find("recall@3", begin), std::string::npos) << table;  // the table shows only the main k
}

TEST(Document, TableShowsHowWellEachActionIsPredicted) {
  const std::string table =
      to_table({{"protocol",
                 {{"actions",
                   {{{"action", "buy"}, {"done", 111}, {"expected", 98.4}, {"auc", 0.8125}, {"log_loss", 0.0049}}}}}}});
  for (const char* const part : {"expected", "buy", "111", "98", "0.8125", "0.00490"}) {
    EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
  }
}

TEST(Document, TablesOfAnEmptyDocumentDoNotFail) {
  EXPECT_NO_THROW(to_table({{"schema", "haina.evaluate/1"}}));
  EXPECT_NO_THROW(to_table({{"models", {{{"name", "a"}, {"metrics", nlohmann::json::object()}}}}}));
  EXPECT_EQ(main_k(nlohmann::json::object()), 0);
}

}  // namespace
}  // namespace haina
