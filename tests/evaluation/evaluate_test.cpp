#include "evaluation/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "evaluation/document.h"

namespace haina {
namespace {

UserState user_with(std::vector<int32_t> history) {
  UserState state;
  for (const int32_t item : history) {
    state.history.push_back({.item = ItemId{item}});
  }
  return state;
}

// 6 items; user 0 saw 5 items and wants item 5, user 1 saw item 0 and wants 1 and 4, user 2 has nothing held out.
HeldOut small_held_out() {
  HeldOut held_out;
  held_out.users = {user_with({0, 1, 2, 3, 4}), user_with({0, 0}), user_with({1})};
  const std::vector<int32_t> rows = {0, 1, 1}, columns = {5, 1, 4};
  held_out.truth = csr_from_coordinates(3, 6, rows, columns, std::vector<float>(3, 1), Repeats::kMax);
  return held_out;
}

const std::vector<float> kScores = {6, 5, 4, 3, 2, 1};
at::Tensor same_for_all(std::span<const UserState> users) { return at::tensor(kScores).expand({std::ssize(users), 6}); }

EvaluateOptions small_options() {
  EvaluateOptions options{.ks = {1, 3}, .batch = 2};
  options.item_counts = at::tensor(std::vector<float>{9, 8, 7, 6, 1, 0});
  return options;
}

TEST(EvaluateModel, LeavesOutSeenItemsAndUsersWithoutTruth) {
  const Result<ModelEvaluation> model = evaluate_model("fixed", same_for_all, small_held_out(), small_options());
  ASSERT_TRUE(model) << to_text(model.error());
  const at::Tensor expected = at::tensor(std::vector<int32_t>{5, -1, -1, 1, 2, 3, 0, 2, 3}, at::kInt).view({3, 3});
  EXPECT_TRUE(at::equal(model->lists.items, expected)) << model->lists.items;
  EXPECT_DOUBLE_EQ(model->metrics.at("recall@1").value, 0.75);
  EXPECT_DOUBLE_EQ(model->metrics.at("hr@1").value, 1);
  // User 1: item 1 above 2, 3, 5; item 4 above 5 alone: 4 of 6 pairs. User 0 has no irrelevant candidate.
  EXPECT_DOUBLE_EQ(model->metrics.at("auc").value, 4.0 / 6);
  EXPECT_DOUBLE_EQ(model->metrics.at("coverage@1").value, 3.0 / 6);
  EXPECT_TRUE(std::isnan(model->metrics.at("coverage@1").low));
  EXPECT_TRUE(std::isnan(model->per_user.column("novelty@1")[2].item<double>()));
}

TEST(EvaluateModel, KeepsSeenItemsWhenAsked) {
  EvaluateOptions options = small_options();
  options.seen = EvaluateOptions::Seen::kKeep;
  const Result<ModelEvaluation> model = evaluate_model("fixed", same_for_all, small_held_out(), options);
  ASSERT_TRUE(model);
  EXPECT_EQ(model->lists.items[0][0].item<int32_t>(), 0);
  EXPECT_DOUBLE_EQ(model->metrics.at("hr@1").value, 0);
}

TEST(EvaluateModel, BatchesDoNotMatter) {
  EvaluateOptions options = small_options();
  const Result<ModelEvaluation> two = evaluate_model("fixed", same_for_all, small_held_out(), options);
  options.batch = 100;
  const Result<ModelEvaluation> all = evaluate_model("fixed", same_for_all, small_held_out(), options);
  ASSERT_TRUE(two && all);
  EXPECT_TRUE(at::equal(two->lists.items, all->lists.items));
  EXPECT_TRUE(at::equal(two->per_user.values.nan_to_num(-1), all->per_user.values.nan_to_num(-1)));
}

TEST(EvaluateModel, RanksGivenCandidatesAndTheTruthAlone) {
  EvaluateOptions options = small_options();
  const std::vector<int32_t> rows = {0, 1, 1}, columns = {2, 0, 5};  // items 2 and 0 are seen
  const Csr candidates = csr_from_coordinates(3, 6, rows, columns, std::vector<float>(3, 1), Repeats::kMax);
  options.candidates = &candidates;
  const Result<ModelEvaluation> model = evaluate_model("fixed", same_for_all, small_held_out(), options);
  ASSERT_TRUE(model);
  const at::Tensor expected = at::tensor(std::vector<int32_t>{5, -1, -1, 1, 4, 5, -1, -1, -1}, at::kInt).view({3, 3});
  EXPECT_TRUE(at::equal(model->lists.items, expected)) << model->lists.items;
  EXPECT_DOUBLE_EQ(model->metrics.at("auc").value, 1);
}

TEST(PublishedCandidates, AreOfTheUsersThatHaveThemAndNeverWanted) {
  HeldOut held_out = small_held_out();  // user 0 wants 5, user 1 wants 1 and 4
  for (int32_t u = 0; u < 3; ++u) {
    held_out.users[static_cast<size_t>(u)].user = 4 - 2 * u;  // rows 4, 2 and 0 of five users
  }
  const std::vector<int32_t> rows = {2, 2, 2, 3}, columns = {2, 3, 4, 0};
  const Csr negatives = csr_from_coordinates(5, 6, rows, columns, std::vector<float>(4, 1), Repeats::kMax);
  const PublishedCandidates published = published_candidates(held_out, negatives);
  ASSERT_EQ(published.held_out.users.size(), 1U);
  EXPECT_EQ(published.held_out.users[0].user, 2);
  EXPECT_EQ(published.held_out.truth.row(0).size(), 2U);
  EXPECT_EQ(published.most, 2);
  EXPECT_EQ(published.fewest, 2);
  EvaluateOptions options{.ks = {1, 3}};
  options.candidates = &published.candidates;
  const Result<ModelEvaluation> model = evaluate_model("fixed", same_for_all, published.held_out, options);
  ASSERT_TRUE(model) << to_text(model.error());
  EXPECT_TRUE(at::equal(model->lists.items, at::tensor(std::vector<int32_t>{1, 2, 3}, at::kInt).view({1, 3})));
  const PublishedCandidates none = published_candidates(held_out, empty_csr(5, 6));
  EXPECT_TRUE(none.held_out.users.empty());
  EXPECT_EQ(none.most, 0);
}

TEST(ComparedMetrics, BeginWithNdcgAtTenAndKnowTheHitRateFromRecall) {
  const std::vector<int64_t> ks = {5, 10, 20}, longer = {50, 100};
  const Csr many = small_held_out().truth;
  const std::vector<int32_t> row = {0, 1}, column = {3, 3};
  const Csr one = csr_from_coordinates(3, 6, row, column, std::vector<float>(2, 1), Repeats::kMax);
  EXPECT_EQ(compared_metrics(one, ks),
            (std::vector<std::string>{"ndcg@10", "ndcg@5", "ndcg@20", "hr@10", "hr@5", "hr@20"}));
  EXPECT_EQ(compared_metrics(many, longer), (std::vector<std::string>{"ndcg@50", "ndcg@100", "recall@50", "recall@100",
                                                                      "precision@50", "precision@100"}));
}

TEST(SampleCandidates, AreUnseenUnwantedDistinctAndRepeatable) {
  HeldOut held_out;
  held_out.users = {user_with({0, 1, 2}), user_with({3})};
  const std::vector<int32_t> rows = {0, 1}, columns = {3, 4};
  held_out.truth = csr_from_coordinates(2, 50, rows, columns, std::vector<float>(2, 1), Repeats::kMax);
  const Csr sampled = sample_candidates(held_out, 20, 5);
  for (int64_t u = 0; u < 2; ++u) {
    EXPECT_EQ(sampled.row(u).size(), 20);
    for (const int32_t item : sampled.row(u)) {
      EXPECT_GE(item, u == 0 ? 4 : 0);
      EXPECT_TRUE(u == 0 || (item != 3 && item != 4));
    }
  }
  EXPECT_TRUE(at::equal(sampled.columns, sample_candidates(held_out, 20, 5).columns));
  EXPECT_FALSE(at::equal(sampled.columns, sample_candidates(held_out, 20, 6).columns));
  EXPECT_EQ(sample_candidates(held_out, 1000, 5).row(0).size(), 46);
}

TEST(EvaluateModel, ShowsColdUsersColdItemsAndGroupsApart) {
  EvaluateOptions options = small_options();
  options.user_groups = {{"first", {0}}, {"nobody", {}}};
  const Result<ModelEvaluation> model = evaluate_model("fixed", same_for_all, small_held_out(), options);
  ASSERT_TRUE(model);
  std::map<std::string, GroupEvaluation> groups;
  for (const GroupEvaluation& group : model->groups) {
    groups[group.name] = group;
  }
  EXPECT_EQ(groups.size(), 5);
  EXPECT_EQ(groups.at("cold_users").users, 1);
  EXPECT_DOUBLE_EQ(groups.at("cold_users").metrics.at("recall@1").value, 0.5);
  EXPECT_EQ(groups.at("warm_users").users, 1);
  EXPECT_EQ(groups.at("cold_items").users, 2);  // items 5 and 4
  EXPECT_DOUBLE_EQ(groups.at("cold_items").metrics.at("recall@3").value, 0.5);
  EXPECT_EQ(groups.at("new_items").users, 1);  // item 5
  EXPECT_DOUBLE_EQ(groups.at("new_items").metrics.at("recall@1").value, 1);
  EXPECT_EQ(groups.at("first").users, 1);
}

TEST(EvaluateModel, NamesTheUserWhoseScoresAreNan) {
  const Scorer broken = [](std::span<const UserState> users) {
    at::Tensor scores = at::zeros({std::ssize(users), 6});
    if (users[0].history.size() == 1) {
      scores[0][2] = std::numeric_limits<float>::quiet_NaN();
    }
    return scores;
  };
  const Result<ModelEvaluation> model = evaluate_model("broken", broken, small_held_out(), small_options());
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kBadData);
  EXPECT_EQ(model.error().at, "held-out user 3");
  EXPECT_FALSE(model.error().mend.empty());
}

TEST(EvaluateModel, RefusesWrongShapesNoUsersAndSenselessK) {
  const Scorer narrow = [](std::span<const UserState> users) { return at::zeros({std::ssize(users), 5}); };
  EXPECT_EQ(evaluate_model("narrow", narrow, small_held_out(), small_options()).error().code, ErrorCode::kBadData);
  EXPECT_EQ(evaluate_model("fixed", same_for_all, {{}, empty_csr(0, 6)}, small_options()).error().code,
            ErrorCode::kInvalidArgument);
  EvaluateOptions options = small_options();
  options.ks = {0};
  const Result<ModelEvaluation> model = evaluate_model("fixed", same_for_all, small_held_out(), options);
  EXPECT_EQ(model.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(model.error().mend.find("--k"), std::string::npos);
}

TEST(EvaluateModel, StopsOnRequest) {
  StopFlag stop;
  stop.request();
  EvaluateOptions options = small_options();
  options.stop = &stop;
  EXPECT_EQ(evaluate_model("fixed", same_for_all, small_held_out(), options).error().code, ErrorCode::kInterrupted);
}

class DocumentTest : public testing::Test {
 protected:
  void SetUp() override {
    const Scorer reversed = [](std::span<const UserState> users) { return -same_for_all(users); };
    EvaluationReport report;
    report.models.push_back(*evaluate_model("haina", same_for_all, small_held_out(), small_options()));
    report.models.push_back(*evaluate_model("ease", reversed, small_held_out(), small_options()));
    const std::vector<std::string> metrics = {"ndcg@3", "not measured"};
    report.differences = differences_to_first(report.models, metrics);
    report.ablation = {ablate("movies", report.models[0], report.models[1], "ndcg@3")};
    report.protocol = {{"split", "leave_last"}, {"candidates", "full"}};
    report.seconds = {{"train", 12.5}};
    ndcg_ = {report.models[0].metrics.at("ndcg@3").value, report.models[1].metrics.at("ndcg@3").value};
    document_ = make_document(report);
  }
  std::vector<double> ndcg_;
  nlohmann::json document_;
};

TEST_F(DocumentTest, HasTheFormOfTheSchema) {
  EXPECT_EQ(document_["schema"], "haina.evaluate/1");
  EXPECT_EQ(document_["protocol"]["candidates"], "full");
  EXPECT_EQ(document_["models"][0]["name"], "haina");
  const nlohmann::json& ndcg = document_["models"][0]["metrics"]["ndcg@3"];
  EXPECT_LE(ndcg["low"], ndcg["value"]);
  EXPECT_LE(ndcg["value"], ndcg["high"]);
  ASSERT_EQ(document_["differences"].size(), 1);
  EXPECT_EQ(document_["differences"][0]["than"], "ease");
  EXPECT_NEAR(document_["differences"][0]["delta"].get<double>(), ndcg_[0] - ndcg_[1], 1e-12);
  ASSERT_EQ(document_["ablation"].size(), 1);
  EXPECT_EQ(document_["ablation"][0]["without"], "movies");
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

TEST(Document, ShowsPublishedCandidatesApart) {
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
  EXPECT_NE(table.find("only for comparison"), std::string::npos);
  EXPECT_NE(table.find("haina - ease", begin), std::string::npos) << table;
  EXPECT_EQ(table.find("recall@3", begin), std::string::npos) << table;  // the table keeps to the main k
}

TEST(Document, TablesOfAlmostNothingStand) {
  EXPECT_NO_THROW(to_table({{"schema", "haina.evaluate/1"}}));
  EXPECT_NO_THROW(to_table({{"models", {{{"name", "a"}, {"metrics", nlohmann::json::object()}}}}}));
  EXPECT_EQ(main_k(nlohmann::json::object()), 0);
}

}  // namespace
}  // namespace haina
