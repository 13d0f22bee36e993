#include "config/metric_spec.h"

#include <gtest/gtest.h>

#include <string>

#include "config/ranking_metrics.h"

namespace haina {
namespace {

TEST(MetricSpec, EveryMetricOfTheTableIsReadAndWritten) {
  for (const RankingMetricEntry& entry : ranking_metric_entries()) {
    for (const char* const cutoff : {"1", "10", "9999"}) {
      const std::string text = std::string(entry.name) + "@" + cutoff;
      const auto spec = parse_metric_spec(text, "haina.toml:2:10");
      ASSERT_TRUE(spec) << text << ": " << to_text(spec.error());
      EXPECT_EQ(to_string(*spec), text);
    }
  }
}

TEST(MetricSpec, AnUnknownMetricIsAnsweredWithTheNearestName) {
  for (const char* const text : {"ndgc@10", "ndgc", "@10", "", "NDCG@10"}) {
    const auto spec = parse_metric_spec(text, "haina.toml:2:10");
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(spec.error().at, "haina.toml:2:10");
    EXPECT_NE(spec.error().hint.find("precision, recall, f1, hr, ndcg, map, mrr"), std::string::npos);
  }
  EXPECT_NE(parse_metric_spec("ndgc@10", "").error().hint.find("did you mean 'ndcg'"), std::string::npos);
}

TEST(MetricSpec, TheCutoffIsAWholeNumberFrom1To9999) {
  for (const char* const text : {"ndcg", "ndcg@", "ndcg@0", "ndcg@-1", "ndcg@10000", "ndcg@10x", "ndcg@1.5", "ndcg@ 10",
                                 "ndcg@@10", "ndcg@99999999999999999999"}) {
    const auto spec = parse_metric_spec(text, "haina.toml:2:10");
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().at, "haina.toml:2:10");
    EXPECT_NE(spec.error().what.find("from 1 to 9999"), std::string::npos);
    EXPECT_NE(spec.error().hint.find("ndcg@10"), std::string::npos);
  }
}

}  // namespace
}  // namespace haina
