// Samples, blenders and the ranker on made data: which blender is chosen, and what survives saving and restoring.
#include "ranking/ranker.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "base/seed.h"
#include "random_network_ranker.h"
#include "ranking/fit_blender.h"
#include "ranking/user_features.h"

namespace haina {
namespace {

TEST(Standardise, RowsGetMeanZeroAndDeviationOneAndConstantRowsBecomeZero) {
  const at::Tensor scores = at::tensor(std::vector<float>{1, 2, 3, 4, 5, 5, 5, 5}).reshape({2, 4});
  const at::Tensor z = standardise(scores);
  EXPECT_NEAR(z[0].mean().item<double>(), 0, 1e-6);
  EXPECT_NEAR(z[0].std(false).item<double>(), 1, 1e-6);
  EXPECT_EQ(z[1].abs().max().item<float>(), 0);
}

// 320 users, 50 items, one relevant item per user. Models 0 and 1 score it higher, each with its own noise; model 2 is
// noise alone.
struct Made {
  HeldOut held;
  std::vector<at::Tensor> scores;
};

Made made_samples(double noise) {
  RandomStream random(3, "ranker_test");
  Made made;
  constexpr int64_t kUsers = 320, kItems = 50;
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
  made.held.truth =
      csr_from_coordinates(kUsers, kItems, rows, columns, std::vector<float>(rows.size(), 1.0F), Repeats::kMax);
  for (at::Tensor& s : made.scores) {
    s = standardise(s);
  }
  return made;
}

// None of the models gives logits.
RankerSamples samples_of(const Made& made) {
  RankerSamples samples(3, fit_views(made.scores, {false, false, false}));
  samples.add(made.scores, made.held, 0);
  return samples;
}

// What a blender reads of all items for one user, from row `row` of every model.
RankerInput input_of(const Ranker& ranker, std::span<const at::Tensor> scores, int64_t row, const UserState& user) {
  std::vector<at::Tensor> features, raw;
  for (const at::Tensor& one : scores) {
    features.push_back(standardise(one)[row]);
    raw.push_back(one[row]);
  }
  return {.features = at::stack(features, 1),
          .logs = ranker.views.of(raw, at::arange(scores[0].size(1), at::kLong)),
          .best = ranker.views.best(raw),
          .user_features = user_features_of({&user, 1})[0]};
}

std::vector<int64_t> everyone(const RankerSamples& samples) {
  std::vector<int64_t> users(samples.users().size());
  std::iota(users.begin(), users.end(), 0);
  return users;
}

double mean_ndcg(const Blender& blender, const RankerSamples& samples, std::span<const int64_t> users) {
  const std::vector<double> values = sample_ndcg(blender, samples, users);
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

TEST(Ranker, BlendsOfTwoNoisyModelsBeatEachAndGiveNoiseASmallWeight) {
  const Made made = made_samples(2.0);
  const RankerSamples samples = samples_of(made);
  const std::vector<int64_t> users = everyone(samples);
  const double single = mean_ndcg(fit_blender("single", samples, users, 7), samples, users);
  for (const char* const name : {"blend", "linear", "gated"}) {
    const Blender blender = fit_blender(name, samples, users, 7);
    EXPECT_GT(mean_ndcg(blender, samples, users), single + 0.02) << name;
    EXPECT_LT(blender.weights[2].item<double>(),
              0.6 * std::min(blender.weights[0].item<double>(), blender.weights[1].item<double>()))
        << name;
  }
}

TEST(Ranker, BlendsAreNotBelowTheBestSingleModelOnTheirTrainingUsers) {
  for (const double noise : {0.5, 1.5, 4.0}) {
    const Made made = made_samples(noise);
    const RankerSamples samples = samples_of(made);
    const std::vector<int64_t> users = everyone(samples);
    EXPECT_GE(mean_ndcg(fit_blender("blend", samples, users, 7), samples, users),
              mean_ndcg(fit_blender("single", samples, users, 7), samples, users) - 0.01);
  }
}

// Model 0 is right for users without a history, model 1 for the others: only blenders that read user features can be
// right for both.
Made split_by_history() {
  Made made = made_samples(0.5);
  RandomStream random(9, "ranker_test");
  for (size_t u = 0; u < made.held.users.size(); ++u) {
    const bool is_new = u % 2 == 0;
    if (!is_new) {
      made.held.users[u].history.resize(
          30, {.item = ItemId{static_cast<int32_t>((made.held.truth.row(static_cast<int64_t>(u))[0] + 1) % 50)}});
    }
    const int64_t decoy = (made.held.truth.row(static_cast<int64_t>(u))[0] + 7) %
                          50;  // where the wrong model is as sure as the right one
    for (int64_t i = 0; i < 50; ++i) {
      made.scores[is_new ? 1 : 0][static_cast<int64_t>(u)][i] =
          (i == decoy ? 1.0F : 0.0F) + static_cast<float>(0.5 * random.uniform());
    }
  }
  for (at::Tensor& s : made.scores) {
    s = standardise(s);
  }
  return made;
}

// Whole numbers as scores, so that many are equal. NDCG is computed in different ways for few and for many held-out
// items.
TEST(Ranker, TheSingleBlenderIsTheModelWithTheBestLists) {
  RandomStream random(5, "ranker_test");
  for (const int64_t held_out : {1, 3, 12}) {
    Made made = made_samples(1.0);
    std::vector<int32_t> rows, columns;
    for (int32_t u = 0; u < 320; ++u) {
      for (int64_t i = 0; i < held_out; ++i) {
        rows.push_back(u);
        columns.push_back(static_cast<int32_t>((made.held.truth.row(u)[0] + 4 * i) % 50));
      }
    }
    for (at::Tensor& scores : made.scores) {
      for (int64_t u = 0; u < 320; ++u) {
        for (int64_t i = 0; i < 50; ++i) {
          scores[u][i] = static_cast<float>(random.below(5));
        }
      }
    }
    made.held.truth =
        csr_from_coordinates(320, 50, rows, columns, std::vector<float>(rows.size(), 1.0F), Repeats::kMax);
    const RankerSamples samples = samples_of(made);
    const std::vector<int64_t> users = everyone(samples);
    double best = 0;
    for (int64_t m = 0; m < 3; ++m) {
      Blender one;
      one.weights = at::zeros({3});
      one.weights[m] = 1;
      best = std::max(best, mean_ndcg(one, samples, users));
    }
    EXPECT_DOUBLE_EQ(mean_ndcg(fit_blender("single", samples, users, 7), samples, users), best) << held_out;
    EXPECT_GE(mean_ndcg(fit_blender("blend", samples, users, 7), samples, users), best - 0.02) << held_out;
  }
}

TEST(Ranker, LogViewsAreTheLogsOfScoresInUnitsAndOfTheSoftmaxOfLogits) {
  const std::vector<at::Tensor> scores = {at::tensor({0.0F, 2.0F, 4.0F, -1.0F}).unsqueeze(0),
                                          at::tensor({1.0F, 3.0F, 0.0F, 2.0F}).unsqueeze(0)};
  const LogViews views = fit_views(scores, {false, true});
  EXPECT_EQ(views.units(), (std::vector<float>{4.0F, 0.0F}));
  const std::vector<at::Tensor> rows = {scores[0][0], scores[1][0]};
  const at::Tensor of = views.of(rows, at::tensor({3L, 1L}));
  const double all = std::log(std::exp(1.0) + std::exp(3.0) + std::exp(0.0) + std::exp(2.0));
  EXPECT_NEAR(of[0][0].item<double>(), std::log(1e-3), 1e-5);
  EXPECT_NEAR(of[1][0].item<double>(), std::log(0.5 + 1e-3), 1e-5);
  EXPECT_NEAR(of[0][1].item<double>(), 2 - all, 1e-5);
  EXPECT_NEAR(of[1][1].item<double>(), 3 - all, 1e-5);
  EXPECT_NEAR(views.best(rows)[0].item<double>(), std::log(1 + 1e-3), 1e-5);
  EXPECT_NEAR(views.best(rows)[1].item<double>(), 3 - all, 1e-5);
}

TEST(Ranker, BlendersWithUserFeaturesTellNewUsersFromOthers) {
  const Made made = split_by_history();
  const RankerSamples samples = samples_of(made);
  const std::vector<int64_t> users = everyone(samples);
  const double plain = mean_ndcg(fit_blender("blend", samples, users, 7), samples, users);
  for (const char* const name : {"gated", "network"}) {
    EXPECT_GT(mean_ndcg(fit_blender(name, samples, users, 7), samples, users), plain + 0.05) << name;
  }
  const Ranker ranker = fit_ranker({{"a", "1"}, {"b", "2"}, {"c", "3"}}, samples, 7);
  EXPECT_TRUE(ranker.blender.name == "gated" || ranker.blender.name == "network") << ranker.blender.name;
  const Ranker near = fit_ranker({{"a", "1"}, {"b", "2"}, {"c", "3"}}, samples, 7, ValidationFidelity::kNear);
  EXPECT_EQ(near.blender.name, "gated");
  EXPECT_FALSE(near.cross_fit.contains("network"));
}

TEST(Ranker, ItemGroupsCountEquallyIfManyItemsHaveNoEvent) {
  // Items 0 to 3 without an event, 4 and 5 with two, 6 with five, 7 with fifty.
  const at::Tensor counts = at::tensor({0.0F, 0.0F, 0.0F, 0.0F, 2.0F, 2.0F, 5.0F, 50.0F});
  const std::vector<int32_t> rows = {0, 1, 2, 3, 4, 5, 6, 7}, columns = {0, 4, 5, 6, 7, 7, 7, 7};
  const Csr truth = csr_from_coordinates(8, 8, rows, columns, std::vector<float>(8, 1.0F), Repeats::kMax);
  const at::Tensor gains = support_gains(truth, counts);
  // 8 targets in 4 groups of 1, 2, 1 and 4: each group's gains sum to 8 / 4.
  EXPECT_TRUE(at::allclose(gains, at::tensor({2.0F, 2.0F, 2.0F, 2.0F, 1.0F, 1.0F, 2.0F, 0.5F})));
  EXPECT_FALSE(support_gains(truth, counts + 1).defined());
}

TEST(Ranker, EvidenceGroupsAreWeightedByTheirSourcesIfWeightsCannotBeLearned) {
  Made made = made_samples(1.0);
  for (UserState& user : made.held.users) {
    user.history.clear();
  }
  const std::vector<RankedModel> models = {{"popularity", ""}, {"b", "events"}, {"c", "tags"}};
  const Ranker ranker = fit_ranker(models, samples_of(made), 7);
  EXPECT_EQ(ranker.blender.name, kSourceBalanced);
  const Ranker other = fit_ranker(models, samples_of(split_by_history()), 7, ValidationFidelity::kOther);
  EXPECT_EQ(other.blender.name, kSourceBalanced);
  EXPECT_TRUE(at::equal(other.blender.weights, at::tensor({0.0F, 1.0F, 1.0F})));
  // Models of one group share its weight; count-only models get a weight only if there are no others.
  EXPECT_TRUE(
      at::equal(fit_ranker({{"a", "events"}, {"b", "tags"}, {"c", "events"}}, samples_of(made), 7).blender.weights,
                at::tensor({0.5F, 1.0F, 0.5F})));
  EXPECT_TRUE(at::equal(
      fit_ranker({{"a", "everything", 3}, {"b", "tags"}, {"c", "everything", 3}}, samples_of(made), 7).blender.weights,
      at::tensor({1.5F, 1.0F, 1.5F})));
  EXPECT_TRUE(at::equal(fit_ranker({{"a", ""}, {"b", ""}, {"c", ""}}, samples_of(made), 7).blender.weights,
                        at::full({3}, 1.0F / 3)));
  EXPECT_EQ(ranker.reads(), (std::vector<bool>{false, true, true}));
  // A model with weight 0 need not be scored.
  const std::vector<at::Tensor> scores = {at::Tensor(), made.scores[1], made.scores[2]};
  EXPECT_TRUE(at::equal(ranker.score(scores, made.held.users), ranker.score(made.scores, made.held.users)));
}

TEST(Ranker, CandidatesGivenWithTheUsersAreTheirSamples) {
  Made made = made_samples(1.0);
  std::vector<int32_t> rows, columns;
  for (int32_t u = 0; u < 320; ++u) {
    const int32_t target = made.held.truth.row(u)[0];
    for (const int32_t item : {(target + 1) % 50, (target + 2) % 50}) {
      rows.push_back(u);
      columns.push_back(item);
    }
  }
  made.held.among = csr_from_coordinates(320, 50, rows, columns, std::vector<float>(rows.size(), 1.0F), Repeats::kMax);
  const RankerSamples samples = samples_of(made);
  for (const RankerSamples::User& user : samples.users()) {
    ASSERT_EQ(user.relevant.size(), 3U);
    EXPECT_EQ(std::accumulate(user.relevant.begin(), user.relevant.end(), 0.0F), 1);
  }
  EXPECT_TRUE(fit_ranker({{"a", "1"}, {"b", "2"}, {"c", "3"}}, samples, 7).network_scores_all);
  EXPECT_FALSE(fit_ranker({{"a", "1"}, {"b", "2"}, {"c", "3"}}, samples_of(made_samples(1.0)), 7).network_scores_all);
}

// Models of noise alone: a network could only learn noise from so few users, so early stopping keeps the blend.
TEST(Ranker, TheNetworkIsNotWorseThanTheBlendIfThereIsNothingMoreToLearn) {
  const Made made = made_samples(2.0);
  const RankerSamples samples = samples_of(made);
  std::vector<int64_t> inside, outside;
  for (int64_t u = 0; u < 320; ++u) {
    (u < 200 ? inside : outside).push_back(u);
  }
  EXPECT_GT(mean_ndcg(fit_blender("network", samples, inside, 7), samples, outside),
            mean_ndcg(fit_blender("blend", samples, inside, 7), samples, outside) - 0.03);
}

TEST(Ranker, ScoresOfAllItemsEqualThoseOfTheBlenderAndSurviveRestoring) {
  const Made made = split_by_history();
  const RankerSamples samples = samples_of(made);
  for (const char* const name : {"single", "blend", "linear", "gated", "network"}) {
    Ranker ranker;
    ranker.models = {"a", "b", "c"};
    ranker.views = samples.views();
    ranker.blender = fit_blender(name, samples, everyone(samples), 7);
    const auto back = Ranker::restore(ranker.to_json(), ranker.state(), "here");
    ASSERT_TRUE(back) << name << to_text(back.error());
    const at::Tensor scores = ranker.score(made.scores, made.held.users);
    EXPECT_TRUE(at::equal(scores, back->score(made.scores, made.held.users))) << name;
    for (const int64_t u : {0, 1}) {
      const UserState& user = made.held.users[static_cast<size_t>(u)];
      const at::Tensor weights = ranker.user_weights({&user, 1})[0];
      const at::Tensor unseen = at::ones({50}, at::kBool);  // the network scores only these
      for (const UserEvent& event : user.history) {
        unseen[row_of(event.item)] = false;
      }
      EXPECT_TRUE(at::allclose(
          scores[u].masked_select(unseen),
          ranker.blender.score(input_of(ranker, made.scores, u, user), weights).masked_select(unseen), 1e-4, 1e-5))
          << name;
    }
  }
}

// The network scores the best items of every model, as it was trained; all others rank below them.
TEST(Ranker, TheNetworkScoresTheBestOfEveryModelAndOtherItemsRankBelow) {
  constexpr int64_t kItems = 6000;
  at::manual_seed(3);
  Ranker ranker = random_network_ranker();
  const std::vector<at::Tensor> scores = {at::randn({2, kItems}), at::randn({2, kItems})};
  ranker.views = fit_views(scores, {false, true});
  std::vector<UserState> users(2);
  const int32_t best = scores[0][0].argmax().item<int32_t>();
  users[0].history.push_back({.item = ItemId{best}});
  const at::Tensor total = ranker.score(scores, users);
  const at::Tensor weights = ranker.user_weights(users);
  for (int64_t b = 0; b < 2; ++b) {
    const RankerInput input = input_of(ranker, scores, b, users[static_cast<size_t>(b)]);
    const at::Tensor& features = input.features;
    const at::Tensor all = ranker.blender.score(input, weights[b]);
    at::Tensor scored = at::zeros({kItems}, at::kBool);
    for (int64_t m = 0; m < 2; ++m) {
      at::Tensor own = features.select(1, m).clone();
      if (b == 0) {
        own[best] = -100;  // in the history
      }
      scored.index_fill_(0, std::get<1>(own.topk(100)), true);
    }
    EXPECT_TRUE(at::allclose(total[b].masked_select(scored), all.masked_select(scored), 1e-4, 1e-5));
    EXPECT_GT(total[b].masked_select(scored).min().item<float>(),
              total[b].masked_select(scored.logical_not()).max().item<float>());
    // The others keep the order of the additive part.
    const at::Tensor rest = scored.logical_not();
    const at::Tensor additive = at::mv(features, weights[b]).masked_select(rest);
    EXPECT_TRUE(at::equal(additive.argsort(), total[b].masked_select(rest).argsort()) ||
                at::corrcoef(at::stack({additive, total[b].masked_select(rest)}))[0][1].item<float>() > 0.99999F);
  }
}

TEST(Ranker, RestoresTheOldNameOfSourceBalancedWeights) {
  Ranker old;
  old.models = {"a"};
  old.views = LogViews({1});
  old.blender.weights = at::ones({1});
  nlohmann::json json = old.to_json();
  json["fit"] = "even";
  const auto ranker = Ranker::restore(json, old.state(), "manifest.json");
  ASSERT_TRUE(ranker) << to_text(ranker.error());
  EXPECT_EQ(ranker->blender.name, kSourceBalanced);
}

TEST(Ranker, DamagedWeightsAreAnErrorWithPlaceAndHint) {
  const auto broken = Ranker::restore({{"models", {"a", "b"}},
                                       {"fit", "blend"},
                                       {"units", {1, 1}},
                                       {"network_scores_all", false},
                                       {"cross_fit", nullptr}},
                                      {{"weights", at::ones({3})}}, "models/x/manifest.json");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kBadData);
  EXPECT_EQ(broken.error().at, "models/x/manifest.json");
  EXPECT_FALSE(broken.error().hint.empty());
}

}  // namespace
}  // namespace haina
