// Histories whose events weigh less with age.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "experts/expert.h"
#include "experts/history_matrix.h"
#include "small_data.h"

namespace haina {
namespace {

UserState state_of(const std::vector<int32_t>& items) {
  UserState state;
  for (const int32_t item : items) {
    state.history.push_back({.item = ItemId{item}});
  }
  return state;
}

TEST(DecayedHistories, TheNewestWeighsOneAndARepeatedItemCountsByItsNewest) {
  const std::vector<UserState> users = {state_of({4, 2, 4, 7}), state_of({})};
  const Csr weights = decayed_histories(users, 10, 0.5);
  const auto columns = weights.row(0);
  const auto values = weights.row_values(0);
  ASSERT_EQ(std::vector<int32_t>(columns.begin(), columns.end()), (std::vector<int32_t>{2, 4, 7}));
  EXPECT_FLOAT_EQ(values[0], 0.25F);
  EXPECT_FLOAT_EQ(values[1], 0.5F);
  EXPECT_FLOAT_EQ(values[2], 1);
  EXPECT_EQ(weights.row(1).size(), 0U);
  EXPECT_EQ(decayed_histories(users, 5, 0.5).row(0).size(), 2U) << "items added after the fit are left out";
}

// Models are linear in the history: the score of a decayed history is the sum of its items' scores, each by its weight.
TEST(Decay, ScoresAreThoseOfTheItemsByTheirAge) {
  const SmallData data = small_data();
  for (const std::string name : {"ease", "item_knn", "rp3beta"}) {
    const ExpertEntry& entry = **find_expert(name, "");
    Params params(entry.params);
    ASSERT_TRUE(params.merge({{"decay", 0.5}}, ""));
    const std::unique_ptr<Expert> expert = entry.make(params);
    ASSERT_TRUE(expert->fit(data.train, {.fields = data.fields}));
    const int32_t old_item = data.train.items[0].item<int32_t>();
    const int32_t new_item = data.train.items[data.train.num_events() - 1].item<int32_t>();
    ASSERT_NE(old_item, new_item);
    const std::vector<UserState> both = {state_of({old_item, new_item})}, old_one = {state_of({old_item})},
                                 new_one = {state_of({new_item})};
    const at::Tensor expected = expert->score(old_one) * 0.5 + expert->score(new_one);
    at::Tensor difference = (expert->score(both) - expected).abs();
    for (const int32_t item : {old_item, new_item}) {  // never listed again, and not linear there
      difference[0][item] = 0;
    }
    EXPECT_LT(difference.max().item<float>(), 1e-5) << name;
    EXPECT_GT((expert->score(old_one) - expert->score(new_one)).abs().max().item<float>(), 1e-4) << name;
  }
}

TEST(Decay, NeedsEventsInOrder) {
  const SmallData data = small_data();
  for (const std::string name : {"ease", "item_knn", "rp3beta"}) {
    const ExpertEntry& entry = **find_expert(name, "");
    Params params(entry.params);
    EXPECT_TRUE(entry.make(params)->fit(data.train, {.fields = data.fields, .ordered = false})) << name;
    ASSERT_TRUE(params.merge({{"decay", 0.9}}, ""));
    const Status status = entry.make(params)->fit(data.train, {.fields = data.fields, .ordered = false});
    ASSERT_FALSE(status) << name;
    EXPECT_EQ(status.error().code, ErrorCode::kUnsupported);
    EXPECT_FALSE(status.error().hint.empty());
  }
}

}  // namespace
}  // namespace haina
