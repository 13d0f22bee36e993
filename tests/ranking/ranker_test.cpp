#include "ranking/ranker.h"

#include <gtest/gtest.h>

#include "base/seed.h"

namespace haina {
namespace {

TEST(Standardise, RowsHaveMeanZeroAndDeviationOneAndConstantRowsNoOpinion) {
  const at::Tensor scores = at::tensor(std::vector<float>{1, 2, 3, 4, 5, 5, 5, 5}).reshape({2, 4});
  const at::Tensor z = standardise(scores);
  EXPECT_NEAR(z[0].mean().item<double>(), 0, 1e-6);
  EXPECT_NEAR(z[0].std(false).item<double>(), 1, 1e-6);
  EXPECT_EQ(z[1].abs().max().item<float>(), 0);
}

// 60 users, 50 items, one relevant item a user; model 0 sees it through noise, model 1 through other noise, model 2 is noise alone.
struct Made {
  HeldOut held;
  std::vector<at::Tensor> scores;
};

Made made_samples(double noise) {
  RandomStream random(3, "ranker_test");
  Made made;
  constexpr int64_t kUsers = 60, kItems = 50;
  std::vector<int32_t> rows, columns;
  for (int m = 0; m < 3; ++m) {
    made.scores.push_back(at::zeros({kUsers, kItems}));
  }
  for (int32_t u = 0; u < kUsers; ++u) {
    made.held.users.push_back({.user = u});
    rows.push_back(u);
    columns.push_back(static_cast<int32_t>(random.below(kItems)));
    for (int64_t i = 0; i < kItems; ++i) {
      const float signal = i == columns.back() ? 1.0F : 0.0F;
      made.scores[0][u][i] = signal + static_cast<float>(noise * random.uniform());
      made.scores[1][u][i] = signal + static_cast<float>(noise * random.uniform());
      made.scores[2][u][i] = static_cast<float>(random.uniform());
    }
  }
  made.held.truth = csr_from_coordinates(kUsers, kItems, rows, columns, std::vector<float>(rows.size(), 1.0F), Repeats::kMax);
  for (at::Tensor& s : made.scores) {
    s = standardise(s);
  }
  return made;
}

TEST(Ranker, BlendOfTwoNoisyModelsBeatsEachAndLeavesTheNoiseOut) {
  const Made made = made_samples(2.0);
  RankerSamples samples(3);
  samples.add(made.scores, made.held, 0);
  const std::vector<double> single = samples.best_single(-1);
  const std::vector<double> greedy = samples.fit_greedy(-1);
  EXPECT_GT(samples.ndcg(greedy, -1), samples.ndcg(single, -1) + 0.02);
  EXPECT_LT(greedy[2], 0.35);
  const std::vector<double> entropy = samples.fit_cross_entropy(-1);
  EXPECT_LT(entropy[2], 0.5 * std::min(entropy[0], entropy[1]));
}

TEST(Ranker, GreedyIsNeverBelowTheBestSingleModelOnWhatItWasFittedOn) {
  for (const double noise : {0.5, 1.5, 4.0}) {
    const Made made = made_samples(noise);
    RankerSamples samples(3);
    samples.add(made.scores, made.held, 0);
    EXPECT_GE(samples.ndcg(samples.fit_greedy(-1), -1), samples.ndcg(samples.best_single(-1), -1));
  }
}

TEST(Ranker, ScoreIsTheWeightedSumOfStandardisedScoresAndSurvivesJson) {
  const Ranker ranker = {{"a", "b"}, {0.25, 0.75}, "greedy", nlohmann::json::object()};
  const auto back = Ranker::from_json(ranker.to_json(), "here");
  ASSERT_TRUE(back);
  const at::Tensor a = at::tensor(std::vector<float>{1, 2, 3}).reshape({1, 3});
  const at::Tensor b = at::tensor(std::vector<float>{3, 2, 1}).reshape({1, 3});
  const std::vector<at::Tensor> both = {a, b};
  EXPECT_TRUE(at::allclose(back->score(both), 0.25 * standardise(a) + 0.75 * standardise(b)));
}

TEST(Ranker, DamagedJsonNamesPlaceAndMend) {
  const auto broken = Ranker::from_json({{"models", {"a"}}, {"weights", {1.0, 2.0}}, {"fit", "greedy"}}, "models/x/manifest.json");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kBadData);
  EXPECT_EQ(broken.error().at, "models/x/manifest.json");
  EXPECT_FALSE(broken.error().mend.empty());
}

}  // namespace
}  // namespace haina
