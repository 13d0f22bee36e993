// The fusion network in both forms on a small made catalog: learning, restoring, resuming, encoders.
#include "fusion/fusion.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/seed.h"
#include "fusion/adam.h"
#include "fusion/checkpoint.h"
#include "fusion/masked_batches.h"
#include "kernels/topk.h"
#include "small_world.h"
#include "user_groups.h"

namespace haina {
namespace {

FusionNetwork train_small(const World& world, FusionTraining& training, NetworkForm form = NetworkForm::kSet) {
  auto network = FusionNetwork::train({.train = &world.train, .fields = world.fields, .validation = nullptr},
                                      small_params(form), {.form = form}, training);
  EXPECT_TRUE(network) << (network ? "" : to_text(network.error()));
  return std::move(*network);
}

// What holds for every form of the network.
class Forms : public testing::TestWithParam<NetworkForm> {};
INSTANTIATE_TEST_SUITE_P(Fusion, Forms,
                         testing::Values(NetworkForm::kSet, NetworkForm::kSequence, NetworkForm::kArticle),
                         [](const auto& info) { return std::string(to_string(info.param)); });
// What holds for those that score by the cosine, with a bias of each item.
class CosineForms : public testing::TestWithParam<NetworkForm> {};
INSTANTIATE_TEST_SUITE_P(Fusion, CosineForms, testing::Values(NetworkForm::kSet, NetworkForm::kSequence),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST_P(Forms, LearnsTastesForUnseenUsersAndTheLossFalls) {
  const World world = small_world();
  FusionTraining training;
  const FusionNetwork network = train_small(world, training, GetParam());
  ASSERT_EQ(training.epochs.size(), 40U);
  EXPECT_LT(training.epochs.back().loss, 0.8 * training.epochs.front().loss);
  for (int32_t taste = 0; taste < 3; ++taste) {
    const UserState state = of_taste(taste);
    const RankedLists lists = top_k(network.score({&state, 1}).contiguous(), 8);
    for (int64_t r = 0; r < 8; ++r) {
      EXPECT_EQ(lists.items[0][r].item<int>() % 3, taste);
    }
  }
}

// Item 29 has no event. Nobody passed it over: it ranks by its tag, among the items that users of that taste take.
TEST_P(CosineForms, AnItemWithoutEventsIsNoNegative) {
  const World world = small_world();
  FusionTraining training;
  const FusionNetwork network = train_small(world, training, GetParam());
  const UserState state = of_taste(2);
  const at::Tensor scores = network.score({&state, 1})[0];
  EXPECT_GT(scores[29].item<float>(), scores.index_select(0, at::arange(2, 29, 3)).min().item<float>());
}

TEST_P(Forms, SameSeedGivesTheSameBits) {
  const World world = small_world();
  FusionTraining first, second;
  const UserState state = of_taste(1);
  EXPECT_TRUE(at::equal(train_small(world, first, GetParam()).score({&state, 1}),
                        train_small(world, second, GetParam()).score({&state, 1})));
}

// The sum of any f over the candidates, with their weights, has the sum over all items as its mean. Masking does not
// depend on the candidates.
TEST(MaskedBatchSampler, ASampleStandsForAllItems) {
  const World world = small_world();
  const MaskedBatchSampler all(world.train, nullptr, 0.1), some(world.train, nullptr, 0.1, 24);
  const at::Tensor f = at::arange(1, 31, at::kDouble).square();
  const std::vector<int32_t> users = {0, 3};  // both of one taste, so they have at most 10 different items
  double sum = 0;
  constexpr int kDraws = 4000;
  RandomStream random(3, "sample_test");
  for (int draw = 0; draw < kDraws; ++draw) {
    const Batch batch = some.draw(users, random);
    ASSERT_EQ(batch.candidates.size(0), 24);
    ASSERT_EQ(batch.kept.size(1), 24);
    sum += (f.index_select(0, batch.candidates) * batch.log_weight.to(at::kDouble).exp()).sum().item<double>();
  }
  EXPECT_NEAR(sum / kDraws / f.sum().item<double>(), 1, 0.01);
  RandomStream one(4, "same"), other(4, "same");
  const Batch whole = all.draw(users, one), part = some.draw(users, other);
  EXPECT_FALSE(whole.candidates.defined());
  EXPECT_TRUE(at::equal(whole.kept.index_select(1, part.candidates), part.kept));
  EXPECT_TRUE(at::equal(whole.target.index_select(1, part.candidates), part.target));
  EXPECT_NEAR(whole.target.sum().item<float>(), part.target.sum().item<float>(), 1e-5);
}

TEST(Fusion, ASampledSoftmaxLearnsTheSameTastes) {
  const World world = small_world();
  Params params = small_params();
  ASSERT_TRUE(params.merge({{"candidates", 20}, {"batch", 4}}, "test"));
  FusionTraining training;
  const auto network = FusionNetwork::train({.train = &world.train, .fields = world.fields, .validation = nullptr},
                                            params, {}, training);
  ASSERT_TRUE(network) << to_text(network.error());
  for (int32_t taste = 0; taste < 3; ++taste) {
    const UserState state = of_taste(taste);
    const RankedLists lists = top_k(network->score({&state, 1}).contiguous(), 8);
    for (int64_t r = 0; r < 8; ++r) {
      EXPECT_EQ(lists.items[0][r].item<int>() % 3, taste);
    }
  }
}

TEST_P(Forms, ScoresTheSameAfterRestoring) {
  const World world = small_world();
  FusionTraining training;
  const FusionNetwork network = train_small(world, training, GetParam());
  const auto back = FusionNetwork::restore(network.state(), network.about(), world.fields, 30, "here");
  ASSERT_TRUE(back) << to_text(back.error());
  const UserState state = of_taste(2);
  EXPECT_TRUE(at::equal(network.score({&state, 1}), back->score({&state, 1})));
}

TEST_P(CosineForms, SourcePartsAddUpToTheCosineAndWeightsToOne) {
  const World world = small_world();
  FusionTraining training;
  const FusionNetwork network = train_small(world, training, GetParam());
  EXPECT_TRUE(at::allclose(network.item_source_weights().sum(1), at::ones({30}), 1e-5, 1e-5));
  const UserState state = of_taste(0);
  const std::vector<int32_t> items = {0, 7, 29};
  const at::Tensor parts = network.item_source_parts(state, items).sum(1);
  const at::Tensor scores = network.score({&state, 1})[0];
  const UserState other = of_taste(1);
  const at::Tensor parts_other = network.item_source_parts(other, items).sum(1);
  const at::Tensor scores_other = network.score({&other, 1})[0];
  for (size_t i = 0; i < items.size(); ++i) {  // the item's bias cancels in the difference
    EXPECT_NEAR((parts[static_cast<int64_t>(i)] - parts_other[static_cast<int64_t>(i)]).item<double>(),
                (scores[items[i]] - scores_other[items[i]]).item<double>(), 1e-3);
  }
}

// An item without events is described by its cells alone, in training and when it is added later.
TEST_P(Forms, ItemsAddedLaterAreFusedLikeThoseOfTraining) {
  const World world = small_world();
  FusionTraining training;
  const FusionNetwork network = train_small(world, training, GetParam());
  const Field cells = field_of_cells("items.taste", Side::kItem, FieldType::kTags, {{"c"}, {"a"}, {"unknown"}, {}});
  const auto fused = network.fuse({&cells, 1}, 4);
  ASSERT_TRUE(fused) << to_text(fused.error());
  EXPECT_TRUE(at::allclose((*fused)[0], network.item_vectors()[29]));
  EXPECT_FALSE(at::allclose((*fused)[1], network.item_vectors()[29]));
  EXPECT_EQ((*fused)[2].norm().item<float>(), 0);  // no value from training
  EXPECT_EQ((*fused)[3].norm().item<float>(), 0);
  const auto nothing = network.fuse({}, 2);
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->norm().item<float>(), 0);
  const UserState state = of_taste(1);
  const at::Tensor known = network.score_vectors({&state, 1}, network.item_vectors()) + network.item_bias();
  EXPECT_TRUE(at::allclose(known, network.score({&state, 1}), 1e-4, 1e-5));
}

// Item 29 has no event. Taken for new, its content alone places it; else each step moves it away from the users.
TEST_P(CosineForms, AnItemWithoutEventsIsANegativeOnlyWhereItIsNotNew) {
  const World world = small_world();
  const auto above_its_like = [&](bool unseen_are_new) {
    FusionData data = {.train = &world.train, .fields = world.fields};
    data.unseen_are_new = unseen_are_new;
    FusionTraining training;
    const auto network =
        FusionNetwork::train(data, small_params(GetParam()), {.form = GetParam(), .seed = 7, .epochs = 5}, training);
    EXPECT_TRUE(network);
    const UserState state = of_taste(2);
    const at::Tensor scores = network->score({&state, 1})[0];
    return (scores[29] - scores.slice(0, 20, 29).mean()).item<double>();
  };
  EXPECT_GT(above_its_like(true), above_its_like(false) + 0.1);
}

TEST_P(Forms, TheProfileOfARequestReplacesTheStoredOne) {
  World world = small_world();
  world.fields.push_back(group_of_users(120));
  FusionTraining training;
  const FusionNetwork network = train_small(world, training, GetParam());
  const auto score = [&](int32_t user, std::vector<std::pair<std::string, std::string>> profile) {
    const UserState state = {.user = user, .profile = std::move(profile)};
    return network.score({&state, 1});
  };
  EXPECT_TRUE(at::allclose(score(-1, {{"users.group", "y"}}), score(1, {})));
  EXPECT_TRUE(at::allclose(score(0, {{"users.group", "y"}}), score(1, {})));
  EXPECT_FALSE(at::allclose(score(0, {}), score(1, {})));
  EXPECT_TRUE(at::equal(score(0, {{"users.other", "y"}}), score(0, {})));
}

TEST_P(Forms, AnEmptyHistoryGivesFiniteScores) {
  const World world = small_world();
  FusionTraining training;
  const FusionNetwork network = train_small(world, training, GetParam());
  const UserState nobody;
  EXPECT_TRUE(at::isfinite(network.score({&nobody, 1})).all().item<bool>());
}

// Items 0..9 have early events, 20..28 late ones: a user without a history gets the late ones.
TEST_P(CosineForms, NewUsersGetWhatIsInTrendAlsoAfterRestoring) {
  World world = small_world();
  RandomStream random(12, "fusion_test/newcomers");  // each item is taken for ten days, one a day comes into fashion
  std::vector<int64_t> times;
  for (int64_t i = 0; i < world.train.num_events(); ++i) {
    times.push_back((world.train.items.const_data_ptr<int32_t>()[i] + random.below(10)) * 86'400'000'000);
  }
  world.train.times = at::tensor(times, at::kLong);
  FusionTraining training;
  const auto network = FusionNetwork::train({&world.train, world.fields, nullptr}, small_params(GetParam()),
                                            {.form = GetParam(), .seed = 7, .epochs = 2}, training);
  ASSERT_TRUE(network) << to_text(network.error());
  const std::vector<UserState> newcomer(1);
  const at::Tensor scores = network->score(newcomer);
  EXPECT_GT(scores[0].narrow(0, 26, 3).mean().item<double>(), scores[0].narrow(0, 0, 10).mean().item<double>() + 0.5);
  const auto back = FusionNetwork::restore(network->state(), network->about(), world.fields, 30, "here");
  ASSERT_TRUE(back) << to_text(back.error());
  EXPECT_TRUE(at::equal(back->score(newcomer), scores));
}

// Users walk a ring of 24 items, half of them forwards and half backwards. Only the order of a walk determines at which
// of its two ends the next item is.
TEST(Fusion, TheBehaviourSourceLearnsFromOrder) {
  constexpr int32_t kRing = 24, kSteps = 6;
  World world;
  RandomStream random(11, "fusion_test/ring");
  std::vector<int64_t> offsets = {0}, times;
  std::vector<int32_t> items;
  for (int64_t u = 0; u < 600; ++u) {
    const auto start = static_cast<int32_t>(random.below(kRing));
    for (int32_t step = 0; step < kSteps; ++step) {
      items.push_back((start + (u % 2 == 0 ? step : kRing - step)) % kRing);
      times.push_back((random.below(1000) + 5000 * step) * 86'400'000'000);
    }
    offsets.push_back(std::ssize(items));
  }
  const int64_t n = std::ssize(items);
  world.train = {.num_users = 600,
                 .num_items = kRing,
                 .offsets = at::tensor(offsets, at::kLong),
                 .items = at::tensor(items, at::kInt),
                 .actions = at::zeros({n}, at::kByte),
                 .weights = at::ones({n}),
                 .values = at::full({n}, std::nanf("")),
                 .times = at::tensor(times, at::kLong)};
  // The share of walks whose next item scores above the item before their first.
  const auto share_found = [&](double behaviour) {
    Params params(fusion_params());
    EXPECT_TRUE(
        params.merge({{"width", 32}, {"dropout", 0.1}, {"learning_rate", 0.01}, {"behaviour", behaviour}}, "t"));
    FusionTraining training;
    const auto network =
        FusionNetwork::train({&world.train, world.fields, nullptr}, params, {.seed = 7, .epochs = 40}, training);
    EXPECT_TRUE(network);
    int found = 0;
    for (int32_t start = 0; start < kRing; ++start) {
      for (const int32_t direction : {1, kRing - 1}) {
        UserState state;
        for (int32_t step = 0; step < 3; ++step) {
          state.history.push_back(
              {.item = ItemId{(start + direction * step) % kRing}, .time_us = int64_t{5000} * step * 86'400'000'000});
        }
        const at::Tensor scores = network->score({&state, 1})[0];
        found += scores[(start + direction * 3) % kRing].item<float>() >
                 scores[(start + (kRing - direction)) % kRing].item<float>();
      }
    }
    return found / (2.0 * kRing);
  };
  EXPECT_GT(share_found(1), 0.9);
  EXPECT_LT(share_found(0), 0.7);
}

TEST_P(Forms, AnInterruptedRunResumesAndEndsWithTheSameBits) {
  const World world = small_world();
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("haina_checkpoint_" + std::to_string(::getpid()));
  HeldOut validation;
  for (int32_t u = 0; u < 30; ++u) {
    validation.users.push_back({.user = u, .history = {{.item = ItemId{u % 3}}}});
  }
  std::vector<int32_t> rows, columns;
  for (int32_t u = 0; u < 30; ++u) {
    rows.push_back(u);
    columns.push_back(u % 3 + 6);
  }
  validation.truth = csr_from_coordinates(30, 30, rows, columns, std::vector<float>(30, 1.0F), Repeats::kMax);
  FusionTraining whole, first, second;
  const auto uninterrupted = FusionNetwork::train({&world.train, world.fields, &validation}, small_params(GetParam()),
                                                  {.form = GetParam(), .seed = 7, .epochs = 8}, whole);
  ASSERT_TRUE(uninterrupted);

  StopFlag stop;
  class StopAfterThree final : public Progress {
   public:
    explicit StopAfterThree(StopFlag& stop) : stop_(stop) {}
    void start(const std::string&, int64_t) override {}
    void update(int64_t, const std::string&) override {}
    void finish() override {}
    void line(const std::string& text) override {
      if (text.find("Epoch [3/8], validation") != std::string::npos) {
        stop_.request();
      }
    }

   private:
    StopFlag& stop_;
  } progress(stop);
  FusionOptions options = {.form = GetParam(),
                           .seed = 7,
                           .epochs = 8,
                           .stop = &stop,
                           .progress = &progress,
                           .checkpoint = folder,
                           .checkpoint_key = "k",
                           .checkpoint_seconds = 0};
  ASSERT_TRUE(
      FusionNetwork::train({&world.train, world.fields, &validation}, small_params(GetParam()), options, first));
  EXPECT_TRUE(first.interrupted);
  ASSERT_TRUE(std::filesystem::exists(folder / "manifest.json"));

  options.stop = nullptr;
  options.progress = nullptr;
  EXPECT_FALSE(load_checkpoint(folder, "another configuration"));
  const auto resumed =
      FusionNetwork::train({&world.train, world.fields, &validation}, small_params(GetParam()), options, second);
  ASSERT_TRUE(resumed);
  EXPECT_EQ(second.resumed_at, 3);
  EXPECT_EQ(second.best_epoch, whole.best_epoch);
  EXPECT_TRUE(at::equal(resumed->item_vectors(), uninterrupted->item_vectors()));
  EXPECT_TRUE(at::equal(resumed->score(validation.users), uninterrupted->score(validation.users)));
  EXPECT_FALSE(std::filesystem::exists(folder)) << "a run that ended leaves no checkpoint";
}

TEST(Adam, ParametersMoveAtTheirOwnRates) {
  at::Tensor slow = at::zeros({1}).set_requires_grad(true), fast = at::zeros({1}).set_requires_grad(true);
  Adam adam({slow, fast}, {}, {1, 10});
  (slow + fast).sum().backward();
  adam.step(0.01);  // the first step of Adam is as long as its rate
  EXPECT_NEAR(slow.item<double>(), -0.01, 1e-6);
  EXPECT_NEAR(fast.item<double>(), -0.1, 1e-5);
}

TEST(Adam, FindsTheMinimumOfAParabola) {
  at::Tensor x = at::tensor(std::vector<float>{5, -3});
  x.set_requires_grad(true);
  Adam adam({x}, {});
  for (int64_t step = 0; step < 400; ++step) {
    (x - at::tensor(std::vector<float>{1, 2})).square().sum().backward();
    adam.step(cosine_rate(0.2, step, 400, 10));
  }
  EXPECT_TRUE(at::allclose(x.detach(), at::tensor(std::vector<float>{1, 2}), 1e-2, 1e-2));
}

}  // namespace
}  // namespace haina
