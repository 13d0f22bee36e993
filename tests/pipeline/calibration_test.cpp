#include "pipeline/calibration.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "base/seed.h"
#include "data/dataset.h"
#include "data/split.h"

namespace haina {
namespace {

TEST(Calibration, RecoversTheLogisticCurveThatDrewTheLabels) {
  RandomStream random(3, "pointwise_test");
  std::vector<float> scores, labels;
  for (int i = 0; i < 20000; ++i) {
    scores.push_back(static_cast<float>(6 * random.uniform() - 3));
    labels.push_back(random.uniform() < 1 / (1 + std::exp(-(1.5 * static_cast<double>(scores.back()) - 0.5))) ? 1.0F
                                                                                                              : 0.0F);
  }
  const Calibration fit = calibrate(scores, labels);
  EXPECT_NEAR(fit.slope, 1.5, 0.1);
  EXPECT_NEAR(fit.offset, -0.5, 0.1);
  const std::vector<float> p = fit.probabilities(std::vector<float>{-100, 0, 100});
  EXPECT_NEAR(p[0], 0, 1e-6);
  EXPECT_NEAR(p[1], 1 / (1 + std::exp(-fit.offset)), 1e-6);
  EXPECT_NEAR(p[2], 1, 1e-6);
}

TEST(Calibration, TheLogLossIsTheMeanOfWhatTheProbabilitiesSay) {
  const Calibration calibration = {.slope = 2, .offset = -1};
  const LabeledPairs pairs = {.users = {0, 0, 1}, .scores = {0.3F, -4, 700}, .labels = {1, 0, 0}};
  const auto p = [](double logit) { return 1 / (1 + std::exp(-logit)); };
  const double far = 2 * 700 - 1;  // where 1 - p is 0 in double
  EXPECT_NEAR(log_loss(calibration, pairs), (-std::log(p(2 * 0.3 - 1)) - std::log(1 - p(2 * -4 - 1)) + far) / 3, 1e-6);
}

TEST(Calibration, StaysFiniteWithASingleLabelOrNoData) {
  EXPECT_TRUE(std::isfinite(calibrate(std::vector<float>{1, 2, 3}, std::vector<float>{1, 1, 1}).slope));
  EXPECT_EQ(calibrate({}, {}).slope, 0);
}

// Two users with three events each on five items; each user's last event is held out for the test.
Dataset small_dataset(bool last_is_goal_of_user_1) {
  Dataset dataset;
  for (const char* const name : {"a", "b"}) {
    dataset.users.find_or_add(name);
  }
  for (const char* const name : {"0", "1", "2", "3", "4"}) {
    dataset.items.find_or_add(name);
  }
  dataset.actions.find_or_add("rate");
  dataset.events = {.user = at::tensor(std::vector<int32_t>{0, 0, 0, 1, 1, 1}, at::kInt),
                    .item = at::tensor(std::vector<int32_t>{0, 1, 2, 0, 3, 4}, at::kInt),
                    .action = at::zeros({6}, at::kByte),
                    .value = at::full({6}, std::nanf("")),
                    .weight = at::ones({6}),
                    .time = at::arange(6, at::kLong) * 1'000'000,
                    .goal = at::ones({6}, at::kBool),
                    .part = at::zeros({6}, at::kByte)};
  dataset.events.goal[5] = last_is_goal_of_user_1;
  return dataset;
}

Split test_is_last() {
  const auto train = static_cast<int>(Part::kTrain), test = static_cast<int>(Part::kTest);
  return {at::tensor(std::vector<int64_t>{train, train, test, train, train, test}).to(at::kByte)};
}

at::Tensor item_numbers(std::span<const UserState> users) {
  return at::arange(5, at::kFloat).expand({std::ssize(users), 5});
}

TEST(LabeledPairs, HeldOutEventsBesideTheGoalAreNegatives) {
  const Dataset dataset = small_dataset(false);
  HeldOut held = held_out(dataset, test_is_last(), Stage::kTest);
  ASSERT_EQ(held.users.size(), 1U) << "user b has no held-out goal event";
  const LabeledPairs pairs = labeled_pairs(dataset, test_is_last(), Stage::kTest, held, item_numbers, 7);
  EXPECT_FALSE(pairs.sampled);
  EXPECT_EQ(pairs.scores, (std::vector<float>{2}));
  EXPECT_EQ(pairs.labels, (std::vector<float>{1}));
}

TEST(LabeledPairs, WhereEveryEventIsAGoalUntouchedItemsAreDrawnAsNegatives) {
  const Dataset dataset = small_dataset(true);
  const HeldOut held = held_out(dataset, test_is_last(), Stage::kTest);
  ASSERT_EQ(held.users.size(), 2U);
  const LabeledPairs pairs = labeled_pairs(dataset, test_is_last(), Stage::kTest, held, item_numbers, 7);
  EXPECT_TRUE(pairs.sampled);
  EXPECT_EQ(pairs.labels, (std::vector<float>{1, 0, 1, 0}));
  EXPECT_EQ(pairs.users, (std::vector<int32_t>{0, 0, 1, 1}));
  EXPECT_EQ(pairs.scores[0], 2);
  EXPECT_GT(pairs.scores[1], 2) << "user a touched items 0 to 2";
  EXPECT_EQ(pairs.scores[2], 4);
  EXPECT_TRUE(pairs.scores[3] == 1 || pairs.scores[3] == 2) << "user b touched items 0, 3 and 4";
}

}  // namespace
}  // namespace haina
