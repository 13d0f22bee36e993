#include "data/inference/rating_range.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace haina {
namespace {

using Json = nlohmann::json;

Json source(const std::string& column, float lowest, float highest) {
  return {{"name", column}, {"values", {{"column", column}, {"lowest", lowest}, {"highest", highest}}}};
}

Dataset dataset_of(const std::vector<float>& values, const Json& sources) {
  Dataset dataset;
  dataset.events.user = at::zeros({static_cast<int64_t>(values.size())}, at::kInt);
  dataset.events.value = at::tensor(values);
  dataset.quality = {{"sources", sources}};
  return dataset;
}

TEST(RatingRange, IsThatOfTheColumnThatTheGoalNames) {
  const Dataset dataset = dataset_of({1}, {source("score", 0, 100), source("price", 1, 900), source("stars", 1, 5)});
  const std::vector<Goal> goals = {{"click", "", 0}, {"score", ">=", 60}};
  EXPECT_EQ(rating_range(dataset, goals).lowest, 0);
  EXPECT_EQ(rating_range(dataset, goals).highest, 100);
  const std::vector<Goal> any_value = {{"value", ">=", 4}};
  EXPECT_EQ(rating_range(dataset, any_value).highest, 900);
}

TEST(RatingRange, WithoutAGoalIsThatOfRatingsAndNotOfAmounts) {
  const Dataset both = dataset_of({1}, {source("price", 1, 900), source("rating", 1, 10)});
  EXPECT_EQ(rating_range(both, {}).highest, 10);
  const Dataset amounts = dataset_of({1}, {source("price", 1, 900), source("quantity", 1, 40)});
  EXPECT_TRUE(std::isnan(rating_range(amounts, {}).highest));
}

TEST(RatingRange, LeavesOutWhatCameInWhileServing) {
  const Json live = {{"name", "live"}, {"values", Json()}};
  EXPECT_EQ(rating_range(dataset_of({9, 4}, {source("rating", 1, 5), live}), {}).highest, 5);
  EXPECT_TRUE(std::isnan(rating_range(dataset_of({9, 4}, Json::array({live})), {}).highest));
}

TEST(RatingRange, OfADatasetOfAnEarlierReleaseIsThatOfAllValues) {
  const Dataset old = dataset_of({3, std::nanf(""), 8}, Json::array({{{"name", "events"}}}));
  EXPECT_EQ(rating_range(old, {}).lowest, 3);
  EXPECT_EQ(rating_range(old, {}).highest, 8);
  EXPECT_TRUE(std::isnan(rating_range(dataset_of({std::nanf("")}, Json::array()), {}).highest));
  EXPECT_TRUE(std::isnan(rating_range({}, {}).highest));
}

}  // namespace
}  // namespace haina
