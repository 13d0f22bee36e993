#include "ranking/match_scales.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "base/seed.h"
#include "ranking/fit_blender.h"
#include "ranking/gradient_fit.h"

namespace haina {
namespace {

constexpr int64_t kUsers = 120, kItems = 40;

struct Made {
  HeldOut held;
  std::vector<at::Tensor> scores;
};

// One relevant item a user; two models score it higher, the third is noise. Scores are positive.
Made made_scores() {
  RandomStream random(5, "match_scales_test");
  Made made;
  std::vector<int32_t> rows, columns;
  for (int m = 0; m < 3; ++m) {
    made.scores.push_back(at::zeros({kUsers, kItems}));
  }
  for (int32_t u = 0; u < kUsers; ++u) {
    std::vector<UserEvent> history(static_cast<size_t>(1 + random.below(9)));
    made.held.users.push_back({.user = u, .history = std::move(history)});
    rows.push_back(u);
    columns.push_back(static_cast<int32_t>(1 + random.below(kItems - 1)));  // not the item of the histories
    for (int64_t i = 0; i < kItems; ++i) {
      const float signal = i == columns.back() ? 0.6F : 0.0F;
      for (int m = 0; m < 3; ++m) {
        made.scores[static_cast<size_t>(m)][u][i] = (m < 2 ? signal : 0) + static_cast<float>(random.uniform());
      }
    }
  }
  made.held.truth =
      csr_from_coordinates(kUsers, kItems, rows, columns, std::vector<float>(rows.size(), 1.0F), Repeats::kMax);
  return made;
}

RankerSamples samples_of(const std::vector<at::Tensor>& scores, const HeldOut& held) {
  RankerSamples samples(3, fit_views(scores, {false, false, false}));
  samples.add(scores, held, 0);
  return samples;
}

Ranker ranker_of(const std::string& kind, const RankerSamples& samples) {
  std::vector<int64_t> all(samples.users().size());
  std::iota(all.begin(), all.end(), 0);
  Ranker ranker;
  ranker.models = {"a", "b", "c"};
  ranker.views = samples.views();
  ranker.blender = kind == "network" ? fit_by_gradient(kind, samples, all, 7, at::ones({3}))  // every step counts
                                     : fit_blender(kind, samples, all, 7);
  return ranker;
}

std::vector<at::Tensor> refitted(const std::vector<at::Tensor>& scores) {
  const std::vector<float> factors = {0.2F, 7, 1};
  std::vector<at::Tensor> result;
  for (size_t m = 0; m < scores.size(); ++m) {
    result.push_back(scores[m] * factors[m]);
  }
  return result;
}

TEST(MatchScales, ModelsWhoseScoresGrewAreReadAsBefore) {
  const Made made = made_scores();
  const RankerSamples fitted = samples_of(made.scores, made.held);
  const std::vector<at::Tensor> grown = refitted(made.scores);
  const RankerSamples served = samples_of(grown, made.held);
  Ranker ranker = ranker_of("network", fitted);
  const at::Tensor before = ranker.score(made.scores, made.held.users);
  EXPECT_GT((ranker.score(grown, made.held.users) - before).abs().max().item<float>(), 0.1) << "the test shows nothing";
  match_scales(score_scales(fitted), score_scales(served), ranker);
  EXPECT_LT((ranker.score(grown, made.held.users) - before).abs().max().item<float>(), 0.02);
}

// Standardised scores of a model that got sharper: its weight falls, so that its share stays.
TEST(MatchScales, WeightsFollowTheDeviationsOfTheCandidatesScores) {
  const Made made = made_scores();
  const RankerSamples samples = samples_of(made.scores, made.held);
  Ranker ranker = ranker_of("gated", samples);
  const Blender before = ranker.blender;
  const ScoreScales fitted = score_scales(samples);
  const at::Tensor factor = at::tensor({0.5F, 2.0F, 3.0F});
  match_scales(fitted, {.deviations = fitted.deviations * factor, .views = LogViews({2, 3, 4})}, ranker);
  EXPECT_EQ(ranker.views.units(), (std::vector<float>{2, 3, 4}));
  const RankerSamples::User& user = samples.users()[11];
  const at::Tensor features = at::tensor(user.features).reshape({-1, 3});
  const at::Tensor user_features = at::tensor(user.user_features);
  const auto score = [&](const Blender& blender, const at::Tensor& of) {
    return blender.score({.features = of, .logs = {}, .best = {}, .user_features = user_features},
                         blender.user_weights(user_features.unsqueeze(0))[0]);
  };
  EXPECT_TRUE(at::allclose(score(before, features), score(ranker.blender, features * factor), 1e-4, 1e-4));
}

TEST(MatchScales, WeightsThatWereNotLearnedStay) {
  const Made made = made_scores();
  const RankerSamples samples = samples_of(made.scores, made.held);
  Ranker ranker = ranker_of("single", samples);
  ranker.blender.name = kSourceBalanced;
  const at::Tensor before = ranker.blender.weights.clone();
  const ScoreScales fitted = score_scales(samples);
  match_scales(fitted, {.deviations = fitted.deviations * 2, .views = fitted.views}, ranker);
  EXPECT_TRUE(at::equal(ranker.blender.weights, before));
}

TEST(MatchScales, DeviationsAreThoseOfAllCandidates) {
  const Made made = made_scores();
  const RankerSamples samples = samples_of(made.scores, made.held);
  std::vector<float> all;
  for (const RankerSamples::User& user : samples.users()) {
    all.insert(all.end(), user.features.begin(), user.features.end());
  }
  const at::Tensor expected = at::tensor(all).reshape({-1, 3}).to(at::kDouble).std(0, false).to(at::kFloat);
  EXPECT_TRUE(at::allclose(score_scales(samples).deviations, expected, 1e-4, 1e-5));
}

TEST(MatchScales, ModelsThatDidNotChangeLeaveTheRankerAsItIs) {
  const Made made = made_scores();
  const RankerSamples samples = samples_of(made.scores, made.held);
  for (const std::string kind : {"single", "gated", "network"}) {
    Ranker ranker = ranker_of(kind, samples);
    const at::Tensor before = ranker.score(made.scores, made.held.users);
    match_scales(score_scales(samples), score_scales(samples), ranker);
    EXPECT_TRUE(at::allclose(ranker.score(made.scores, made.held.users), before, 1e-4, 1e-4)) << kind;
  }
}

}  // namespace
}  // namespace haina
