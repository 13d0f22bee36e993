#include "evaluation/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "small_held_out.h"

namespace haina {
namespace {

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

// Action 0 is a view, action 1 a rating that the goal does not want.
TEST(EvaluateModel, MasksWhatServingLeavesOutButNotTheTruth) {
  Dataset dataset;
  dataset.actions.find_or_add("view");
  dataset.actions.find_or_add("rating");
  const std::vector<Goal> goals = {{.name = "rating", .op = ">=", .bound = 4}};
  const Result<SeenRules> rules = SeenRules::make({}, dataset, goals);
  ASSERT_TRUE(rules);
  HeldOut held_out = small_held_out();
  held_out.users[1].history = {{.item = ItemId{0}, .action = 1}};
  held_out.users[1].other_events = {{.item = ItemId{1}, .action = 1},   // held out as well: rated again
                                    {.item = ItemId{2}, .action = 1},   // masked
                                    {.item = ItemId{3}, .action = 0}};  // a view comes back
  EvaluateOptions options = small_options();
  options.seen_rules = &*rules;
  const Result<ModelEvaluation> model = evaluate_model("fixed", same_for_all, held_out, options);
  ASSERT_TRUE(model) << to_text(model.error());
  EXPECT_TRUE(at::equal(model->lists.items[1], at::tensor(std::vector<int32_t>{1, 3, 4}, at::kInt)))
      << model->lists.items;
}

TEST(EvaluateModel, TiesAreInTheOrderOfIdsWhateverTheOrderOfRows) {
  const Scorer ties = [](std::span<const UserState> users) {
    return at::tensor(std::vector<float>{1, 1, 2, 1, 1, 1}).expand({std::ssize(users), 6});
  };
  HeldOut held_out;
  held_out.users = {user_with({})};
  const std::vector<int32_t> row = {0};
  const auto ids_of_list = [&](const std::vector<std::string>& ids, int32_t truth) {
    Vocabulary items;
    for (const std::string& id : ids) {
      items.find_or_add(id);
    }
    const std::vector<int32_t> column = {truth};
    const std::vector<float> one = {1};
    held_out.truth = csr_from_coordinates(1, 6, row, column, one, Repeats::kMax);
    EvaluateOptions options = {.ks = {4}, .tie_order = items_by_id(items)};
    const Result<ModelEvaluation> model = evaluate_model("ties", ties, held_out, options);
    EXPECT_TRUE(model);
    std::vector<std::string> list;
    for (int64_t r = 0; r < 4; ++r) {
      list.emplace_back(items.name(model->lists.items[0][r].item<int32_t>()));
    }
    EXPECT_NEAR(model->metrics.at("mrr@4").value, 1.0 / 3, 1e-9);
    return list;
  };
  const std::vector<std::string> expected = {"c", "a", "b", "d"};  // c has the highest score
  EXPECT_EQ(ids_of_list({"a", "b", "c", "d", "e", "f"}, 1), expected);
  EXPECT_EQ(ids_of_list({"f", "e", "c", "d", "b", "a"}, 4), expected);
}

TEST(EvaluateModel, KeepsSeenItemsWithSeenKKeep) {
  EvaluateOptions options = small_options();
  options.seen = EvaluateOptions::Seen::kKeep;
  const Result<ModelEvaluation> model = evaluate_model("fixed", same_for_all, small_held_out(), options);
  ASSERT_TRUE(model);
  EXPECT_EQ(model->lists.items[0][0].item<int32_t>(), 0);
  EXPECT_DOUBLE_EQ(model->metrics.at("hr@1").value, 0);
}

TEST(EvaluateModel, TheBatchSizeDoesNotChangeTheResult) {
  EvaluateOptions options = small_options();
  const Result<ModelEvaluation> two = evaluate_model("fixed", same_for_all, small_held_out(), options);
  options.batch = 100;
  const Result<ModelEvaluation> all = evaluate_model("fixed", same_for_all, small_held_out(), options);
  ASSERT_TRUE(two && all);
  EXPECT_TRUE(at::equal(two->lists.items, all->lists.items));
  EXPECT_TRUE(at::equal(two->per_user.values.nan_to_num(-1), all->per_user.values.nan_to_num(-1)));
}

TEST(EvaluateModel, RanksOnlyGivenCandidatesAndTheTruth) {
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

TEST(EvaluateModel, MeasuresColdUsersColdItemsAndGivenGroupsSeparately) {
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
  EXPECT_FALSE(model.error().hint.empty());
}

TEST(EvaluateModel, RefusesWrongShapesNoUsersAndAKBelowOne) {
  const Scorer narrow = [](std::span<const UserState> users) { return at::zeros({std::ssize(users), 5}); };
  EXPECT_EQ(evaluate_model("narrow", narrow, small_held_out(), small_options()).error().code, ErrorCode::kBadData);
  EXPECT_EQ(
      evaluate_model("fixed", same_for_all, {{}, empty_csr(0, 6), empty_csr(0, 0), {}}, small_options()).error().code,
      ErrorCode::kInvalidArgument);
  EvaluateOptions options = small_options();
  options.ks = {0};
  const Result<ModelEvaluation> model = evaluate_model("fixed", same_for_all, small_held_out(), options);
  EXPECT_EQ(model.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(model.error().hint.find("--k"), std::string::npos);
}

TEST(EvaluateModel, StopsOnRequest) {
  StopFlag stop;
  stop.request();
  EvaluateOptions options = small_options();
  options.stop = &stop;
  EXPECT_EQ(evaluate_model("fixed", same_for_all, small_held_out(), options).error().code, ErrorCode::kInterrupted);
}

// One part ranks item 0 first, the other item 5; the blend is their sum with weights 2 and 1.
TEST(EvaluateBlend, EqualsEachModelEvaluatedAloneAndScoresEachPartOnce) {
  const HeldOut held_out = small_held_out();
  const EvaluateOptions options = small_options();
  int calls = 0;
  const Scorer counted = [&](std::span<const UserState> users) {
    ++calls;
    return same_for_all(users);
  };
  const Scorer reversed = [](std::span<const UserState> users) { return -same_for_all(users); };
  const auto combine = [](std::span<const at::Tensor> scores, std::span<const UserState>) {
    return scores[0] * 2 + scores[1];
  };
  const std::vector<NamedScorer> parts = {{"first", counted}, {"reversed", reversed}};
  const auto models = evaluate_blend({"blend", combine}, parts, held_out, options);
  ASSERT_TRUE(models) << to_text(models.error());
  EXPECT_EQ(calls, 2) << "three users in batches of two";
  const Scorer blend = [&](std::span<const UserState> users) {
    return combine(std::vector<at::Tensor>{same_for_all(users), reversed(users)}, users);
  };
  const std::vector<NamedScorer> alone = {{"blend", blend}, {"first", same_for_all}, {"reversed", reversed}};
  ASSERT_EQ(models->size(), alone.size());
  for (size_t m = 0; m < alone.size(); ++m) {
    const ModelEvaluation& model = (*models)[m];
    const auto expected = evaluate_model(alone[m].first, alone[m].second, held_out, options);
    ASSERT_TRUE(expected);
    EXPECT_EQ(model.name, alone[m].first);
    EXPECT_TRUE(at::equal(model.lists.items, expected->lists.items));
    EXPECT_TRUE(at::equal(model.per_user.values.nan_to_num(-1), expected->per_user.values.nan_to_num(-1)));
    EXPECT_EQ(model.groups.size(), expected->groups.size());
  }
}

TEST(EvaluateBlend, NamesThePartWhoseScoresAreNan) {
  const Scorer broken = [](std::span<const UserState> users) {
    return at::full({std::ssize(users), 6}, std::numeric_limits<float>::quiet_NaN());
  };
  const auto combine = [](std::span<const at::Tensor> scores, std::span<const UserState>) { return scores[0] + 1; };
  const std::vector<NamedScorer> parts = {{"broken", broken}};
  const auto models = evaluate_blend({"blend", combine}, parts, small_held_out(), small_options());
  ASSERT_FALSE(models);
  EXPECT_NE(models.error().what.find("'broken'"), std::string::npos) << models.error().what;
}

}  // namespace
}  // namespace haina
