#include "evaluation/compare.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "small_held_out.h"

namespace haina {
namespace {

TEST(ComparedMetrics, StartWithNdcgAtTenAndUseTheHitRateForSingleItems) {
  const std::vector<int64_t> ks = {5, 10, 20}, longer = {50, 100};
  const Csr many = small_held_out().truth;
  const std::vector<int32_t> row = {0, 1}, column = {3, 3};
  const Csr one = csr_from_coordinates(3, 6, row, column, std::vector<float>(2, 1), Repeats::kMax);
  EXPECT_EQ(compared_metrics(one, ks),
            (std::vector<std::string>{"ndcg@10", "ndcg@5", "ndcg@20", "hr@10", "hr@5", "hr@20"}));
  EXPECT_EQ(compared_metrics(many, longer), (std::vector<std::string>{"ndcg@50", "ndcg@100", "recall@50", "recall@100",
                                                                      "precision@50", "precision@100"}));
  EXPECT_EQ(compared_metrics(one, ks, "hr@5").front(), "hr@5");
  EXPECT_EQ(compared_metrics(one, ks, "hr@5").size(), compared_metrics(one, ks).size());
}

// Of the two users with held-out items, the first model has a hit at 1 for both, the second for the first user only.
TEST(Differences, AreMeansOverUsersAndSkipMetricsThatAModelLacks) {
  const Scorer reversed = [](std::span<const UserState> users) { return -same_for_all(users); };
  std::vector<ModelEvaluation> models;
  models.push_back(*evaluate_model("first", same_for_all, small_held_out(), small_options()));
  models.push_back(*evaluate_model("second", reversed, small_held_out(), small_options()));
  const std::vector<std::string> metrics = {"hr@1", "no such metric"};
  const std::vector<Difference> differences = differences_to_first(models, metrics);
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_EQ(differences[0].model, "first");
  EXPECT_EQ(differences[0].than, "second");
  EXPECT_DOUBLE_EQ(differences[0].paired.delta.value, 0.5);
  const Ablation ablation = ablate("tags", models[0], models[1], "hr@1");
  EXPECT_EQ(ablation.without, "tags");
  EXPECT_DOUBLE_EQ(ablation.paired.delta.value, -0.5) << "without - with";
}

}  // namespace
}  // namespace haina
