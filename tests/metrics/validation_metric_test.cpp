// The validation metric against hand-computed numbers and against the report's metrics, and the sample of users.
#include "metrics/validation_metric.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "base/seed.h"
#include "config/metric_spec.h"
#include "config/ranking_metrics.h"
#include "data/mask_history.h"
#include "metrics/list_hits.h"
#include "metrics/metrics.h"

namespace haina {
namespace {

// Four items; item 0 is in the history, items 1 and 3 are held out.
HeldOut two_held_out() {
  HeldOut held;
  held.users = {{.user = 0, .history = {{.item = ItemId{0}}}}};
  const std::vector<int32_t> rows = {0, 0}, columns = {1, 3};
  held.truth = csr_from_coordinates(1, 4, rows, columns, std::vector<float>{1, 1}, Repeats::kMax);
  return held;
}

at::Tensor descending(std::span<const UserState> users) {  // without the history: 1, 2, 3
  return at::tensor({4.0F, 3.0F, 2.0F, 1.0F}).expand({std::ssize(users), 4}).contiguous();
}

TEST(ValidationMetric, EqualsHandComputedNumbers) {
  const HeldOut held = two_held_out();
  const double ideal = 1 + 1 / std::log2(3);
  EXPECT_NEAR(validation_metric(descending, held, "ndcg@3"), (1 + 1 / std::log2(4)) / ideal, 1e-12);
  EXPECT_NEAR(validation_metric(descending, held, "ndcg@2"), 1 / ideal, 1e-12);
  EXPECT_NEAR(validation_metric(descending, held, "recall@2"), 0.5, 1e-12);
  EXPECT_NEAR(validation_metric(descending, held, "recall@50"), 1, 1e-12) << "lists may be shorter than the cut-off";
}

// Item weights judge each pair of a user and a held-out item alone: of two items the second is outside the best two.
TEST(ValidationMetric, WithWeightsOfItemsIsTheWeightedMeanOverPairs) {
  HeldOut held = two_held_out();
  held.item_weights = at::tensor({0.0F, 3.0F, 0.0F, 1.0F});
  EXPECT_NEAR(validation_metric(descending, held, "recall@2"), 3.0 / 4, 1e-6);
  EXPECT_NEAR(validation_metric(descending, held, "ndcg@3"), (3 + 1 / std::log2(4)) / 4, 1e-6);
  held.item_weights = at::tensor({0.0F, 1.0F, 0.0F, 3.0F});
  EXPECT_NEAR(validation_metric(descending, held, "recall@2"), 1.0 / 4, 1e-6);
  const HeldOut taken = take_users(held, std::vector<int32_t>{0});
  EXPECT_NEAR(validation_metric(descending, taken, "recall@2"), 1.0 / 4, 1e-6) << "a sample keeps the weights";
}

// 300 users (more than one batch), 40 items, five relevant ones each: every metric that training may choose by is the
// mean of the same metric in the report, bit by bit.
TEST(ValidationMetric, EqualsTheMeanOfTheReportForEveryRegisteredMetric) {
  constexpr int64_t kUsers = 300, kItems = 40;
  RandomStream random(11, "validation_metric_test");
  HeldOut held;
  std::vector<int32_t> rows, columns;
  at::Tensor scores = at::empty({kUsers, kItems});
  for (int32_t u = 0; u < kUsers; ++u) {
    held.users.push_back({.user = u, .history = {{.item = ItemId{static_cast<int32_t>(random.below(kItems))}}}});
    for (int i = 0; i < 5; ++i) {
      rows.push_back(u);
      columns.push_back(static_cast<int32_t>(random.below(kItems)));
    }
    for (int64_t i = 0; i < kItems; ++i) {
      scores.data_ptr<float>()[u * kItems + i] = static_cast<float>(random.uniform());
    }
  }
  held.truth = csr_from_coordinates(kUsers, kItems, rows, columns, std::vector<float>(rows.size(), 1), Repeats::kMax);
  const auto score = [&](std::span<const UserState> users) {
    return scores.narrow(0, users.data() - held.users.data(), std::ssize(users));
  };
  const std::vector<int64_t> ks = {10};
  const UserMetrics report = ranking_metrics(top_k_unseen(scores, held.users, 10), held.truth, ks);
  for (const RankingMetricEntry& entry : ranking_metric_entries()) {
    const std::string name = to_string({.metric = std::string(entry.name), .cutoff = 10});
    const at::Tensor column = report.column(name).contiguous();
    double sum = 0;
    for (int64_t u = 0; u < kUsers; ++u) {
      sum += column.const_data_ptr<double>()[u];
    }
    EXPECT_EQ(validation_metric(score, held, name), sum / static_cast<double>(kUsers)) << name;
  }
}

TEST(ValidationMetric, OfListsEqualsThatOfTheScoresTheyComeFrom) {
  const auto best = [](std::span<const UserState> users, int64_t k) {
    at::Tensor scores = descending(users);
    scores.select(1, 0).fill_(-std::numeric_limits<float>::infinity());
    return top_k(scores, k);
  };
  for (const char* const metric : {"ndcg@2", "ndcg@3", "recall@2", "recall@50"}) {
    EXPECT_EQ(validation_metric_of_lists(best, two_held_out(), metric),
              validation_metric(descending, two_held_out(), metric))
        << metric;
  }
}

TEST(ValidationMetric, RanksOnlyCandidatesAndTruthIfUsersHaveCandidates) {
  HeldOut held = two_held_out();
  const std::vector<int32_t> rows = {0}, columns = {2};
  held.truth = csr_from_coordinates(1, 4, rows, std::vector<int32_t>{3}, std::vector<float>{1}, Repeats::kMax);
  EXPECT_NEAR(validation_metric(descending, held, "ndcg@3"), 1 / std::log2(4), 1e-12);
  held.among = csr_from_coordinates(1, 4, rows, columns, std::vector<float>{1}, Repeats::kMax);
  EXPECT_NEAR(validation_metric(descending, held, "ndcg@3"), 1 / std::log2(3), 1e-12);
  EXPECT_EQ(validation_metric(descending, held, "recall@1"), 0);
  EXPECT_EQ(sample_users(held, 1, 3).among.row(0)[0], 2);
}

TEST(SampleUsers, DrawsEachUserOnceWithItsTruthAndTheSameForASeed) {
  HeldOut held;
  std::vector<int32_t> rows, columns;
  for (int32_t u = 0; u < 500; ++u) {
    held.users.push_back({.user = u});
    rows.push_back(u);
    columns.push_back((u * 7) % 40);
  }
  held.truth = csr_from_coordinates(500, 40, rows, columns, std::vector<float>(500, 1), Repeats::kMax);
  const HeldOut sample = sample_users(held, 100, 3);
  ASSERT_EQ(sample.users.size(), 100U);
  ASSERT_EQ(sample.truth.num_rows(), 100);
  for (size_t i = 0; i < sample.users.size(); ++i) {
    EXPECT_TRUE(i == 0 || sample.users[i - 1].user < sample.users[i].user);
    ASSERT_EQ(sample.truth.row(static_cast<int64_t>(i)).size(), 1U);
    EXPECT_EQ(sample.truth.row(static_cast<int64_t>(i))[0], (sample.users[i].user * 7) % 40);
  }
  const auto users_of = [](const HeldOut& of) {
    std::vector<int32_t> users;
    for (const UserState& state : of.users) {
      users.push_back(state.user);
    }
    return users;
  };
  EXPECT_EQ(users_of(sample), users_of(sample_users(held, 100, 3)));
  EXPECT_NE(users_of(sample), users_of(sample_users(held, 100, 4)));
  EXPECT_EQ(sample_users(held, 500, 3).users.size(), 500U);
}

}  // namespace
}  // namespace haina
