#include "ranking/choose_refitted.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/seed.h"

namespace haina {
namespace {

constexpr int64_t kItems = 40;

// One relevant item a user; model "a" mostly finds it, "b" sometimes, "c" never.
RankerSamples made_samples(int32_t num_users) {
  RandomStream random(11, "choose_refitted_test");
  HeldOut held;
  std::vector<at::Tensor> scores(3, at::Tensor());
  for (at::Tensor& of_model : scores) {
    of_model = at::zeros({num_users, kItems});
  }
  std::vector<int32_t> rows, columns;
  for (int32_t u = 0; u < num_users; ++u) {
    held.users.push_back({.user = u});
    rows.push_back(u);
    columns.push_back(static_cast<int32_t>(random.below(kItems)));
    for (int64_t i = 0; i < kItems; ++i) {
      const float signal = i == columns.back() ? 1.0F : 0.0F;
      scores[0][u][i] = signal + 1.1F * static_cast<float>(random.uniform());
      scores[1][u][i] = signal + 3.0F * static_cast<float>(random.uniform());
      scores[2][u][i] = static_cast<float>(random.uniform()) - 2 * signal;
    }
  }
  held.truth =
      csr_from_coordinates(num_users, kItems, rows, columns, std::vector<float>(rows.size(), 1.0F), Repeats::kMax);
  RankerSamples samples(3, fit_views(scores, {false, false, false}));
  samples.add(scores, held, 0);
  return samples;
}

Ranker ranker_of(const char* name, const RankerSamples& samples, const std::vector<float>& weights) {
  Ranker ranker;
  ranker.models = {"a", "b", "c"};
  ranker.views = samples.views();
  ranker.blender.name = name;
  ranker.blender.weights = at::tensor(weights);
  return ranker;
}

TEST(ChooseRefitted, AFormThatCollapsedGivesWayToTheNext) {
  const RankerSamples samples = made_samples(100);
  const std::vector<Ranker> rankers = {ranker_of("network", samples, {0, 0, 1}),
                                       ranker_of("blend", samples, {1, 0.2F, 0}),
                                       ranker_of("single", samples, {1, 0, 0})};
  const RefittedChoice choice = choose_refitted(rankers, samples);
  EXPECT_EQ(choice.taken, 1U);
  EXPECT_EQ(choice.said.at("users"), 100);
  EXPECT_EQ(choice.said.at("metric"), "ndcg@10");
  EXPECT_EQ(choice.said.at("best_model"), "a");
  const nlohmann::json& forms = choice.said.at("forms");
  ASSERT_EQ(forms.size(), 2U) << "what comes after the one taken is not looked at";
  EXPECT_EQ(forms[0].at("form"), "network");
  EXPECT_FALSE(forms[0].at("taken").get<bool>());
  EXPECT_LT(forms[0].at("high").get<double>(), 0);
  EXPECT_TRUE(forms[1].at("taken").get<bool>());
  for (const nlohmann::json& form : forms) {
    EXPECT_NEAR(form.at("delta").get<double>(), form.at("value").get<double>() - form.at("best_model").get<double>(),
                1e-9);
  }
}

TEST(ChooseRefitted, WhatIsWorseByChanceStays) {
  const RankerSamples samples = made_samples(60);
  const std::vector<Ranker> rankers = {ranker_of("gated", samples, {1, 0.02F, 0.02F}),
                                       ranker_of("single", samples, {1, 0, 0})};
  EXPECT_EQ(choose_refitted(rankers, samples).taken, 0U);
}

TEST(ChooseRefitted, TheBestModelAloneIsTheLastResort) {
  const RankerSamples samples = made_samples(100);
  const std::vector<Ranker> rankers = {ranker_of("network", samples, {0, 0, 1}), ranker_of("blend", samples, {0, 1, 3}),
                                       ranker_of("single", samples, {1, 0, 0})};
  const RefittedChoice choice = choose_refitted(rankers, samples);
  EXPECT_EQ(choice.taken, 2U);
  EXPECT_EQ(choice.said.at("forms").back().at("delta"), 0.0);
  EXPECT_EQ(choose_refitted({rankers.data() + 2, 1}, samples).taken, 0U);
}

TEST(SimplerRankers, AreTheBlendAndTheBestModel) {
  const RankerSamples samples = made_samples(120);
  const auto kinds = [&](const char* name) {
    std::vector<std::string> found;
    for (const Ranker& ranker : simpler_rankers(ranker_of(name, samples, {1, 1, 1}), samples, 7)) {
      EXPECT_EQ(ranker.models, (std::vector<std::string>{"a", "b", "c"}));
      found.push_back(ranker.blender.name);
    }
    return found;
  };
  EXPECT_EQ(kinds("network"), (std::vector<std::string>{"blend", "single"}));
  EXPECT_EQ(kinds("gated"), (std::vector<std::string>{"blend", "single"}));
  EXPECT_EQ(kinds("blend"), (std::vector<std::string>{"single"}));
  EXPECT_TRUE(kinds("single").empty());
  EXPECT_TRUE(kinds(kSourceBalanced).empty()) << "no weights were learned";
  EXPECT_EQ(simpler_rankers(ranker_of("blend", samples, {1, 1, 1}), samples, 7).back().heaviest(), "a");
}

}  // namespace
}  // namespace haina
