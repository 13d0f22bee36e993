// Action heads against the logistic curves that made their labels, and saving and restoring.
#include "ranking/heads.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "base/seed.h"
#include "ranking/ranker.h"

namespace haina {
namespace {

constexpr int64_t kModels = 3;

// Two actions with known curves over the first model and the first user feature; the third model has no influence.
struct Made {
  ActionPairs pairs;
  at::Tensor truth;  // float32 [n, 2]
};

Made made_pairs(int64_t n) {
  at::Generator generator = make_generator(5, "heads_test");
  Made made;
  made.pairs.users = at::arange(n).div(10, "floor");
  made.pairs.features = at::randn({n, kModels}, generator, at::kFloat);
  made.pairs.user_features = at::randn({n, kUserFeatures}, generator, at::kFloat) * 2 + 1;
  made.pairs.weights = at::ones({n});
  const at::Tensor z = made.pairs.features.select(1, 0), g = (made.pairs.user_features.select(1, 0) - 1) / 2;
  made.truth = at::sigmoid(at::stack({1.5 * z - 1, 0.8 * z + 0.7 * g - 3}, 1));
  made.pairs.labels = at::rand({n, 2}, generator, at::kFloat).lt(made.truth).to(at::kFloat);
  return made;
}

TEST(Heads, RecoverTheCurvesThatMadeTheLabels) {
  const Made made = made_pairs(40'000);
  const ActionHeads heads = fit_heads(made.pairs, {"view", "buy"}, {true, true, true});
  ASSERT_EQ(heads.actions, (std::vector<std::string>{"view", "buy"}));
  const at::Tensor found = heads.probabilities(made.pairs.features, made.pairs.user_features);
  EXPECT_LT((found - made.truth).abs().mean().item<double>(), 0.01);
  EXPECT_NEAR(heads.weights[0][0].item<double>(), 1.5, 0.05);
  EXPECT_NEAR(heads.weights[1][0].item<double>(), 0.8, 0.05);
  EXPECT_NEAR(heads.weights[0][2].item<double>(), 0, 0.05);
}

// Sixty actions and forty models without influence: unpenalized weights would predict far worse than one probability
// for all pairs.
TEST(Heads, DoNotLearnNoiseFromFewActions) {
  at::Generator generator = make_generator(6, "heads_test");
  constexpr int64_t kPairs = 4000, kMany = 40;
  const auto draw = [&] {
    ActionPairs pairs;
    pairs.users = at::arange(kPairs).div(20, "floor");
    pairs.features = at::randn({kPairs, kMany}, generator, at::kFloat);
    pairs.user_features = at::randn({kPairs, kUserFeatures}, generator, at::kFloat);
    pairs.weights = at::ones({kPairs});
    pairs.labels = at::rand({kPairs, 1}, generator, at::kFloat).lt(0.015).to(at::kFloat);
    return pairs;
  };
  const ActionPairs train = draw(), test = draw();
  ASSERT_GE(train.labels.sum().item<float>(), kFewestDone);
  const ActionHeads heads = fit_heads(train, {"buy"}, std::vector<bool>(kMany, true));
  const auto loss = [&](const at::Tensor& p) { return at::binary_cross_entropy(p, test.labels).item<double>(); };
  EXPECT_LT(loss(heads.probabilities(test.features, test.user_features)), 1.05 * loss(at::full({kPairs, 1}, 0.015F)));
}

TEST(Heads, APairThatStandsForSeveralCountsAsSeveral) {
  Made made = made_pairs(40'000);
  const ActionHeads all = fit_heads(made.pairs, {"view", "buy"}, {true, true, true});
  // A quarter of the pairs without an action, each standing for four.
  const at::Tensor none = made.pairs.labels.sum(1).eq(0);
  const at::Tensor kept = none.logical_not().logical_or(at::arange(40'000).remainder(4).eq(0)).nonzero().squeeze(1);
  const ActionPairs fewer = {.users = made.pairs.users.index_select(0, kept),
                             .features = made.pairs.features.index_select(0, kept),
                             .user_features = made.pairs.user_features.index_select(0, kept),
                             .weights = at::where(none, 4.0F, 1.0F).index_select(0, kept),
                             .labels = made.pairs.labels.index_select(0, kept)};
  const ActionHeads some = fit_heads(fewer, {"view", "buy"}, {true, true, true});
  const at::Tensor of_all = all.probabilities(made.pairs.features, made.pairs.user_features);
  EXPECT_LT((some.probabilities(made.pairs.features, made.pairs.user_features) - of_all).abs().mean().item<double>(),
            0.01);
}

TEST(Heads, ReadOnlyTheModelsOfTheRankerAndRareActionsHaveNoHead) {
  Made made = made_pairs(5'000);
  made.pairs.labels.select(1, 1).zero_();
  made.pairs.labels.select(1, 1).narrow(0, 0, kFewestDone - 1).fill_(1);
  const ActionHeads heads = fit_heads(made.pairs, {"view", "buy"}, {false, true, true});
  EXPECT_EQ(heads.actions, std::vector<std::string>{"view"});
  EXPECT_EQ(heads.weights[0][0].item<float>(), 0);
  EXPECT_NE(heads.weights[0][1].item<float>(), 0);
}

TEST(Heads, SeparableLabelsGiveFiniteWeights) {
  Made made = made_pairs(2'000);
  made.pairs.labels.select(1, 0).copy_(made.pairs.features.select(1, 0).gt(0).to(at::kFloat));
  const ActionHeads heads = fit_heads(made.pairs, {"view", "buy"}, {true, true, true});
  const at::Tensor p = heads.probabilities(made.pairs.features, made.pairs.user_features);
  EXPECT_TRUE(at::isfinite(heads.weights).all().item<bool>());
  EXPECT_TRUE(p.ge(0).logical_and(p.le(1)).all().item<bool>());
}

// Two users, ten items, two models.
RankerSamples small_samples(HeldOut& held) {
  held.users = {{.user = 0, .history = {{.item = ItemId{0}}}}, {.user = 1}};
  held.truth = csr_from_coordinates(2, 10, std::vector{0, 1, 1}, std::vector{3, 4, 5}, std::vector<float>{1, 1, 1},
                                    Repeats::kMax);
  at::manual_seed(2);
  const std::vector<at::Tensor> scores = {at::randn({2, 10}), at::randn({2, 10})};
  RankerSamples samples(2, fit_views(scores, {false, false}));
  samples.add(scores, held, 0);
  return samples;
}

TEST(ActionPairs, HoldAllActionsAndASampleThatStandsForTheOtherCandidates) {
  HeldOut held;
  const RankerSamples samples = small_samples(held);
  const DoneActions done = {
      {"view", "buy"},
      {held.truth, csr_from_coordinates(2, 10, std::vector{1}, std::vector{5}, std::vector<float>{1}, Repeats::kMax)}};
  const ActionPairs pairs = action_pairs(samples, done, 4, 1);
  // 9 candidates of the first user, who has item 0 already, and 10 of the second; 3 with an action, 4 + 4 of the
  // others.
  EXPECT_EQ(pairs.weights.size(0), 3 + 4 + 4);
  EXPECT_FLOAT_EQ(pairs.weights.sum().item<float>(), 9 + 10);
  EXPECT_EQ(pairs.labels.select(1, 0).sum().item<float>(), 3);
  EXPECT_EQ(pairs.labels.select(1, 1).sum().item<float>(), 1);
  EXPECT_EQ(action_pairs(samples, done, 100, 1).weights.size(0), 19);
}

TEST(Heads, SurviveRestoringAndOtherShapesAreAnError) {
  const Made made = made_pairs(5'000);
  const ActionHeads heads = fit_heads(made.pairs, {"view", "buy"}, {true, true, true});
  const auto back = ActionHeads::restore(heads.to_json(), heads.state(), kModels, "there");
  ASSERT_TRUE(back) << to_text(back.error());
  EXPECT_EQ(back->actions, heads.actions);
  EXPECT_TRUE(at::equal(back->probabilities(made.pairs.features, made.pairs.user_features),
                        heads.probabilities(made.pairs.features, made.pairs.user_features)));
  const auto wrong = ActionHeads::restore(heads.to_json(), heads.state(), kModels + 1, "there");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().at, "there");
  EXPECT_FALSE(ActionHeads::restore(heads.to_json(), {}, kModels, "there"));
  for (const char* const text : {R"({"actions": [1, 2]})", R"({"actions": "view"})", "[]"}) {
    EXPECT_FALSE(ActionHeads::restore(nlohmann::json::parse(text), heads.state(), kModels, "there")) << text;
  }
  EXPECT_TRUE(ActionHeads::restore(nlohmann::json::object(), {}, kModels, "there")->actions.empty())
      << "no heads are valid";
}

TEST(Heads, StandardiseTheScoresOfAListAsInTraining) {
  const Made made = made_pairs(5'000);
  const ActionHeads heads = fit_heads(made.pairs, {"view", "buy"}, {true, false, true});
  at::manual_seed(9);
  const std::vector<at::Tensor> scores = {at::randn({1, 20}) * 7 + 3, at::Tensor(), at::randn({1, 20})};
  const UserState user = {.user = 0, .history = {{.item = ItemId{1}}}};
  const at::Tensor all = heads.of_all(scores, user);
  ASSERT_EQ(all.sizes(), at::IntArrayRef({20, 2}));
  const at::Tensor features = at::stack({standardise(scores[0])[0], at::zeros({20}), standardise(scores[2])[0]}, 1);
  EXPECT_TRUE(at::allclose(all, heads.probabilities(features, user_features_of({&user, 1})[0])));
  const std::vector<int32_t> some = {4, 17};
  EXPECT_TRUE(at::allclose(heads.of_items(scores, user, some), all.index_select(0, at::tensor({4, 17}, at::kLong))));
}

}  // namespace
}  // namespace haina
