#include "metrics/metrics.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/ranking_metrics.h"

namespace haina {
namespace {

// items: the users' lists one after another, all of the same length.
RankedLists lists_of(std::vector<int32_t> items, int64_t users) {
  const auto width = static_cast<int64_t>(items.size()) / users;
  return {at::tensor(items, at::kInt).view({users, width}), at::zeros({users, width})};
}

Csr truth_of(int64_t users, int64_t items, std::vector<int32_t> rows, std::vector<int32_t> columns) {
  return csr_from_coordinates(users, items, rows, columns, std::vector<float>(rows.size(), 1), Repeats::kMax);
}

double cell(const UserMetrics& metrics, int64_t user, const std::string& name) {
  return metrics.column(name)[user].item<double>();
}

TEST(RankingMetrics, EqualHandComputedNumbers) {
  // Two lists of 4 items. Relevant are {1, 4, 9} for user 0 and {7} for user 1.
  const RankedLists lists = lists_of({4, 2, 1, 3, 0, 7, 5, 6}, 2);
  const Csr truth = truth_of(2, 10, {0, 0, 0, 1}, {1, 4, 9, 7});
  const UserMetrics m = ranking_metrics(lists, truth, std::vector<int64_t>{2, 4});
  const double log3 = 1 / std::log2(3.0);
  EXPECT_DOUBLE_EQ(cell(m, 0, "precision@2"), 0.5);
  EXPECT_DOUBLE_EQ(cell(m, 0, "recall@2"), 1.0 / 3);
  EXPECT_DOUBLE_EQ(cell(m, 0, "f1@2"), 0.4);
  EXPECT_DOUBLE_EQ(cell(m, 0, "hr@2"), 1);
  EXPECT_DOUBLE_EQ(cell(m, 0, "ndcg@2"), 1 / (1 + log3));
  EXPECT_DOUBLE_EQ(cell(m, 0, "map@2"), 0.5);
  EXPECT_DOUBLE_EQ(cell(m, 0, "mrr@2"), 1);
  EXPECT_DOUBLE_EQ(cell(m, 0, "precision@4"), 0.5);
  EXPECT_DOUBLE_EQ(cell(m, 0, "recall@4"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(cell(m, 0, "ndcg@4"), (1 + 0.5) / (1 + log3 + 0.5));
  EXPECT_DOUBLE_EQ(cell(m, 0, "map@4"), (1 + 2.0 / 3) / 3);
  EXPECT_DOUBLE_EQ(cell(m, 1, "precision@2"), 0.5);
  EXPECT_DOUBLE_EQ(cell(m, 1, "recall@2"), 1);
  EXPECT_DOUBLE_EQ(cell(m, 1, "ndcg@2"), log3);
  EXPECT_DOUBLE_EQ(cell(m, 1, "map@2"), 0.5);
  EXPECT_DOUBLE_EQ(cell(m, 1, "mrr@4"), 0.5);
}

TEST(RankingMetrics, ShortListsDivideByKAndUsersWithoutTruthAreUndefined) {
  const UserMetrics m =
      ranking_metrics(lists_of({3, -1, 5, -1}, 2), truth_of(2, 6, {0}, {3}), std::vector<int64_t>{10});
  EXPECT_DOUBLE_EQ(cell(m, 0, "precision@10"), 0.1);
  EXPECT_DOUBLE_EQ(cell(m, 0, "ndcg@10"), 1);
  EXPECT_TRUE(std::isnan(cell(m, 1, "precision@10")));
  EXPECT_TRUE(std::isnan(cell(m, 1, "ndcg@10")));
}

TEST(RankingMetrics, NoHitIsZeroEverywhere) {
  const UserMetrics m = ranking_metrics(lists_of({0, 1}, 1), truth_of(1, 4, {0}, {3}), std::vector<int64_t>{2});
  EXPECT_EQ(m.values.abs().sum().item<double>(), 0);
}

TEST(RankingMetrics, EveryRegisteredMetricIsAColumnAtEachCutOffAndHasADocumentation) {
  const std::vector<int64_t> ks = {2, 4};
  const UserMetrics m = ranking_metrics(lists_of({4, 2, 1, 3}, 1), truth_of(1, 10, {0, 0}, {1, 4}), ks);
  EXPECT_EQ(m.names.size(), ranking_metric_entries().size() * ks.size());
  for (const RankingMetricEntry& entry : ranking_metric_entries()) {
    EXPECT_FALSE(entry.doc.empty()) << entry.name;
    for (const int64_t k : ks) {
      const std::string name = std::string(entry.name) + "@" + std::to_string(k);
      ASSERT_GE(m.find(name), 0) << name;
      EXPECT_TRUE(std::isfinite(m.column(name).item<double>())) << name;
    }
  }
}

// What every metric must hold, so that a new one is checked without a test of its own.
TEST(RankingMetrics, EveryRegisteredMetricIsBetweenZeroWithoutHitsAndItsBestValueAtTheTop) {
  const std::vector<int64_t> ks = {3};
  const Csr truth = truth_of(1, 10, {0, 0, 0}, {1, 4, 9});
  const UserMetrics none = ranking_metrics(lists_of({0, 2, 3}, 1), truth, ks);
  const UserMetrics some = ranking_metrics(lists_of({0, 4, 3}, 1), truth, ks);
  const UserMetrics best = ranking_metrics(lists_of({9, 1, 4}, 1), truth, ks);
  for (const std::string& name : none.names) {
    EXPECT_EQ(cell(none, 0, name), 0) << name;
    EXPECT_GT(cell(some, 0, name), 0) << name;
    EXPECT_GE(cell(best, 0, name), cell(some, 0, name)) << name;
    EXPECT_DOUBLE_EQ(cell(best, 0, name), 1) << name;
  }
}

TEST(BeyondAccuracy, EqualsHandComputedNumbers) {
  // Shares: item 0 half of all events, item 1 a quarter, items 2 and 3 an eighth each.
  const at::Tensor counts = at::tensor(std::vector<float>{8, 4, 2, 2});
  const at::Tensor vectors = at::tensor(std::vector<float>{1, 0, 0, 1, 2, 0, 0, 5}).view({4, 2});
  const Csr truth = truth_of(2, 4, {0, 0, 1}, {0, 3, 1});
  const UserMetrics m = beyond_accuracy(lists_of({0, 3, 2, 0}, 2), truth, std::vector<int64_t>{2}, counts, vectors);
  EXPECT_DOUBLE_EQ(cell(m, 0, "novelty@2"), (1 + 3) / 2.0);
  EXPECT_DOUBLE_EQ(cell(m, 1, "novelty@2"), (3 + 1) / 2.0);
  EXPECT_DOUBLE_EQ(cell(m, 0, "serendipity@2"), 0.5);  // 3 is a hit outside the two most popular; 0 is a hit within
  EXPECT_DOUBLE_EQ(cell(m, 1, "serendipity@2"), 0);
  EXPECT_DOUBLE_EQ(cell(m, 0, "cold_exposure@2"), 0.5);  // item 3 has 2 events, item 0 has 8
  EXPECT_DOUBLE_EQ(cell(m, 0, "new_exposure@2"), 0);
  EXPECT_NEAR(cell(m, 0, "diversity@2"), 1, 1e-12);  // orthogonal
  EXPECT_NEAR(cell(m, 1, "diversity@2"), 0, 1e-12);  // same direction, other lengths
}

TEST(BeyondAccuracy, ExposureCountsPlacesOfColdAndOfNewItems) {
  const at::Tensor counts = at::tensor(std::vector<float>{100, 5, 4, 0});
  const UserMetrics m = beyond_accuracy(lists_of({0, 1, 2, 3, 3, -1, -1, -1}, 2), truth_of(2, 4, {0, 1}, {0, 1}),
                                        std::vector<int64_t>{3, 4}, counts, at::Tensor());
  EXPECT_DOUBLE_EQ(cell(m, 0, "cold_exposure@3"), 1 / 3.0);
  EXPECT_DOUBLE_EQ(cell(m, 0, "cold_exposure@4"), 0.5);
  EXPECT_DOUBLE_EQ(cell(m, 0, "new_exposure@3"), 0);
  EXPECT_DOUBLE_EQ(cell(m, 0, "new_exposure@4"), 0.25);
  EXPECT_DOUBLE_EQ(cell(m, 1, "new_exposure@4"), 1);  // of the one place that is filled
}

TEST(Catalog, CoverageAndGiniEqualHandComputedNumbers) {
  const RankedLists same = lists_of({0, 1, 0, 1}, 2);
  EXPECT_DOUBLE_EQ(coverage(same, 4, 2), 0.5);
  EXPECT_DOUBLE_EQ(coverage(same, 4, 1), 0.25);
  EXPECT_DOUBLE_EQ(gini(same, 4, 2), 0.5);   // exposures 0 0 2 2
  EXPECT_DOUBLE_EQ(gini(same, 4, 1), 0.75);  // exposures 0 0 0 2: 1 - 1/n
  EXPECT_DOUBLE_EQ(gini(lists_of({0, 1, 2, 3}, 2), 4, 2), 0);
}

TEST(AucOfRow, CountsPairsAndHalfForTies) {
  const std::vector<float> scores = {0.9F, 0.1F, 0.5F, 0.5F, 0.2F};
  const std::vector<int32_t> relevant = {0, 3}, excluded = {4}, none;
  // Relevant 0.9 and 0.5 against 0.1 and 0.5: (2 + 1.5) / 4.
  EXPECT_DOUBLE_EQ(auc_of_row(scores, relevant, excluded), 3.5 / 4);
  EXPECT_DOUBLE_EQ(auc_of_row(scores, relevant, none), (3 + 2.5) / 6);
  EXPECT_TRUE(std::isnan(auc_of_row(scores, none, none)));
  EXPECT_TRUE(std::isnan(auc_of_row(scores, std::vector<int32_t>{4}, excluded)));
}

TEST(PointMetrics, EqualHandComputedNumbers) {
  const std::vector<float> labels = {1, 0, 1, 0}, probabilities = {0.75F, 0.5F, 0.5F, 0.25F};
  const PointMetrics m = point_metrics(labels, probabilities);
  EXPECT_DOUBLE_EQ(m.auc, 3.5 / 4);
  EXPECT_NEAR(m.log_loss, -(2 * std::log(0.75) + 2 * std::log(0.5)) / 4, 1e-12);
  EXPECT_DOUBLE_EQ(m.accuracy, 0.75);
  EXPECT_DOUBLE_EQ(m.f1, 0.8);
  EXPECT_DOUBLE_EQ(m.calibration_error, (0.25 + 0 + 0.25) / 4);  // the two rows of 0.5 cancel
  EXPECT_TRUE(std::isnan(point_metrics(std::vector<float>{1, 1}, std::vector<float>{0.5F, 0.6F}).auc));
  EXPECT_TRUE(std::isfinite(point_metrics(std::vector<float>{1, 0}, std::vector<float>{0, 1}).log_loss));
}

TEST(GroupedAuc, WeighsGroupsByRowsAndSkipsThoseWithOneLabel) {
  const std::vector<int32_t> groups = {1, 0, 1, 0, 1, 2};
  const std::vector<float> labels = {1, 0, 0, 1, 0, 1};
  const std::vector<float> probabilities = {0.9F, 0.8F, 0.1F, 0.3F, 0.2F, 0.5F};
  // Group 0 (2 rows): 0. Group 1 (3 rows): 1. Group 2: one label.
  EXPECT_DOUBLE_EQ(grouped_auc(groups, labels, probabilities), 3.0 / 5);
}

}  // namespace
}  // namespace haina
