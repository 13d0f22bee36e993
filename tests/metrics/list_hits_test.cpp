// Hits of a list, and the formulas with gains, which the ranker uses.
#include "metrics/list_hits.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "config/metric_spec.h"
#include "config/ranking_metrics.h"

namespace haina {
namespace {

TEST(ListHits, AreTheRanksOfRelevantItemsAboveTheCutOff) {
  const std::vector<int32_t> list = {5, 2, 7, -1, -1}, truth = {2, 5, 9};
  std::vector<Hit> hits = {{.rank = 99}};
  find_hits(list, truth, 10, hits);
  ASSERT_EQ(hits.size(), 2U);
  EXPECT_EQ(hits[0].rank, 0);
  EXPECT_EQ(hits[1].rank, 1);
  EXPECT_EQ(hits[0].gain, 1);
  find_hits(list, truth, 1, hits);
  EXPECT_EQ(hits.size(), 1U);
}

TEST(UserMetric, EqualsHandComputedNumbersAndIsUndefinedWithoutTruth) {
  const std::vector<int32_t> list = {5, 3, 2}, truth = {2, 5, 9};
  EXPECT_DOUBLE_EQ(user_metric(list, truth, {.metric = "recall", .cutoff = 3}), 2.0 / 3);
  EXPECT_DOUBLE_EQ(user_metric(list, truth, {.metric = "map", .cutoff = 3}), (1 + 2.0 / 3) / 3);
  EXPECT_DOUBLE_EQ(user_metric(list, truth, {.metric = "ndcg", .cutoff = 3}), 1.5 / (1.5 + 1 / std::log2(3.0)));
  EXPECT_TRUE(std::isnan(user_metric(list, {}, {.metric = "ndcg", .cutoff = 3})));
}

TEST(Dcg, WeighsHitsByGainAndTheIdealListHoldsTheLargestGains) {
  const std::vector<Hit> hits = {{.rank = 0, .gain = 2}, {.rank = 2, .gain = 3}};
  EXPECT_DOUBLE_EQ(dcg(hits), 2 + 3.0 / 2);
  const std::vector<float> gains = {3, 2, 1};
  EXPECT_DOUBLE_EQ(ideal_dcg(gains, 2), 3 + 2 / std::log2(3.0));
  EXPECT_DOUBLE_EQ(ideal_dcg(gains, 10), 3 + 2 / std::log2(3.0) + 1.0 / 2);
  EXPECT_DOUBLE_EQ(ideal_dcg(int64_t{5}, 2), 1 + 1 / std::log2(3.0));
  const auto ndcg = find_ranking_metric("ndcg", "");
  ASSERT_TRUE(ndcg);
  EXPECT_DOUBLE_EQ((*ndcg)->value({.hits = hits, .num_relevant = 3, .gains = gains}, 10),
                   dcg(hits) / ideal_dcg(gains, 10));
  const std::vector<Hit> deep = {{.rank = 5000}};
  EXPECT_DOUBLE_EQ(dcg(deep), 1 / std::log2(5002.0));
}

TEST(MetricSpec, ReadsEveryRegisteredNameAndNamesWhatItCannotRead) {
  for (const RankingMetricEntry& entry : ranking_metric_entries()) {
    const auto spec = parse_metric_spec(std::string(entry.name) + "@20", "haina.toml:3");
    ASSERT_TRUE(spec) << entry.name;
    EXPECT_EQ(spec->metric, entry.name);
    EXPECT_EQ(spec->cutoff, 20);
    EXPECT_EQ(to_string(*spec), std::string(entry.name) + "@20");
  }
  for (const char* const text : {"ndgc@10", "ndcg", "ndcg@", "ndcg@0", "ndcg@10000", "ndcg@10x", "recall@-1", ""}) {
    const auto spec = parse_metric_spec(text, "haina.toml:3");
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().code, ErrorCode::kInvalidArgument) << text;
    EXPECT_EQ(spec.error().at, "haina.toml:3") << text;
    EXPECT_FALSE(spec.error().hint.empty()) << text;
  }
}

}  // namespace
}  // namespace haina
