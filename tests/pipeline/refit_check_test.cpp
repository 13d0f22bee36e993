#include "pipeline/refit_check.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernels/csr.h"
#include "metrics/validation_metric.h"

namespace haina {
namespace {

// Every user has three events on items of their own: the last is validation.
Dataset made_dataset(int32_t num_users) {
  Dataset dataset;
  std::vector<int32_t> user, item;
  for (int32_t u = 0; u < num_users; ++u) {
    dataset.users.find_or_add("u" + std::to_string(u));
    for (int32_t i = 0; i < 3; ++i) {
      user.push_back(u);
      item.push_back((u + 5 * i) % 97);
    }
  }
  for (int i = 0; i < 97; ++i) {
    dataset.items.find_or_add("i" + std::to_string(i));
  }
  dataset.actions.find_or_add("buy");
  const int64_t n = std::ssize(user);
  dataset.events = {.user = at::tensor(user, at::kInt),
                    .item = at::tensor(item, at::kInt),
                    .action = at::zeros({n}, at::kByte),
                    .value = at::full({n}, std::nanf("")),
                    .weight = at::ones({n}),
                    .time = at::arange(n, at::kLong),
                    .goal = at::ones({n}, at::kBool),
                    .part = at::zeros({n}, at::kByte)};
  return dataset;
}

Split last_is_validation(const Dataset& dataset) {
  Split split = {at::full({dataset.events.size()}, static_cast<int64_t>(Part::kTrain), at::kByte)};
  split.part.slice(0, 2, dataset.events.size(), 3).fill_(static_cast<int64_t>(Part::kValidation));
  return split;
}

std::set<int32_t> users_of(const HeldOut& held) {
  std::set<int32_t> users;
  for (const UserState& state : held.users) {
    users.insert(state.user);
  }
  return users;
}

TEST(RefitCheck, ATenthJudgesWhereItIsEnough) {
  for (const auto& [users, judging] :
       std::vector<std::pair<int32_t, int64_t>>{{499, 0}, {500, 50}, {3000, 300}, {12'000, 1000}}) {
    const Dataset dataset = made_dataset(users);
    const HeldOut all = held_out(dataset, last_is_validation(dataset), Stage::kValidation);
    ASSERT_EQ(std::ssize(all.users), users);
    const ValidationUsers apart = set_apart(all, at::ones({97}), 7);
    EXPECT_EQ(std::ssize(apart.judging.users), judging) << users;
    EXPECT_EQ(std::ssize(apart.fitting.users), users - judging) << users;
    std::set<int32_t> both = users_of(apart.judging);
    both.merge(users_of(apart.fitting));
    EXPECT_EQ(std::ssize(both), users) << "nobody is lost, nobody is in both";
    for (const HeldOut* const part : {&apart.fitting, &apart.judging}) {
      for (size_t u = 0; u < part->users.size(); ++u) {
        const auto truth = part->truth.row(static_cast<int64_t>(u));
        ASSERT_EQ(truth.size(), 1U);
        ASSERT_EQ(truth[0], (part->users[u].user + 10) % 97) << "the truth is the user's own";
      }
    }
  }
}

TEST(RefitCheck, CandidatesFollowTheirUsers) {
  const Dataset dataset = made_dataset(600);
  HeldOut all = held_out(dataset, last_is_validation(dataset), Stage::kValidation);
  std::vector<int32_t> rows, columns;
  for (int32_t u = 0; u < 600; ++u) {
    rows.push_back(u);
    columns.push_back((u + 50) % 97);
  }
  all.among = csr_from_coordinates(600, 97, rows, columns, std::vector<float>(rows.size(), 1), Repeats::kMax);
  const ValidationUsers apart = set_apart(all, at::ones({97}), 7);
  for (const HeldOut* const part : {&apart.fitting, &apart.judging}) {
    for (size_t u = 0; u < part->users.size(); ++u) {
      ASSERT_EQ(part->among.row(static_cast<int64_t>(u))[0], (part->users[u].user + 50) % 97);
    }
  }
}

TEST(RefitCheck, RefittedModelsDoNotKnowWhatIsHeldBack) {
  const Dataset dataset = made_dataset(600);
  const Split split = last_is_validation(dataset);
  const ValidationUsers apart = set_apart(held_out(dataset, split, Stage::kValidation), at::ones({97}), 7);
  const Split held = hold_back(dataset, split, apart);
  const Interactions known = known_events(dataset, held, Stage::kTest);
  const std::set<int32_t> judged = users_of(apart.judging);
  for (int32_t u = 0; u < 600; ++u) {
    const int64_t events = known.offsets[u + 1].item<int64_t>() - known.offsets[u].item<int64_t>();
    ASSERT_EQ(events, judged.contains(u) ? 2 : 3) << u;
  }
  EXPECT_EQ(known_events(dataset, split, Stage::kTest).num_events(), 1800) << "the split itself stays";
}

// Users have two events on items below 60; items from 60 on are held out as a whole.
Split items_are_validation(const Dataset& dataset) {
  return {at::where(dataset.events.item.ge(60), at::full({}, static_cast<int64_t>(Part::kValidation), at::kByte),
                    at::full({}, static_cast<int64_t>(Part::kTrain), at::kByte))};
}

TEST(RefitCheck, HiddenItemsAreJudgedByItemsThatStayHidden) {
  const Dataset dataset = made_dataset(800);
  const Split split = items_are_validation(dataset);
  const HeldOut all = held_out(dataset, split, Stage::kValidation);
  const Interactions training = known_events(dataset, split, Stage::kValidation);
  const ValidationUsers apart = set_apart(all, training.item_counts(0), 7);
  ASSERT_TRUE(apart.by_item);
  ASSERT_GE(std::ssize(apart.judging.users), 50);
  std::set<int32_t> judged, fitted;
  for (const auto& [part, items] : {std::pair{&apart.judging, &judged}, std::pair{&apart.fitting, &fitted}}) {
    ASSERT_EQ(part->truth.num_rows(), std::ssize(part->users));
    for (int64_t u = 0; u < part->truth.num_rows(); ++u) {
      ASSERT_FALSE(part->truth.row(u).empty());
      items->insert(part->truth.row(u).begin(), part->truth.row(u).end());
    }
  }
  EXPECT_EQ(judged.size(), 4U) << "a tenth of the 37 hidden items";
  EXPECT_EQ(judged.size() + fitted.size(), 37U);
  const Interactions known = known_events(dataset, hold_back(dataset, split, apart), Stage::kTest);
  const at::Tensor counts = known.item_counts(0);
  for (const int32_t item : judged) {
    EXPECT_EQ(counts[item].item<double>(), 0) << "refitted models must not know item " << item;
  }
  for (const int32_t item : fitted) {
    EXPECT_GT(counts[item].item<double>(), 0) << item;
  }
}

TEST(RefitCheck, CandidatesOfHiddenItemsStayOnTheirSide) {
  const Dataset dataset = made_dataset(800);
  const Split split = items_are_validation(dataset);
  HeldOut all = held_out(dataset, split, Stage::kValidation);
  const at::Tensor events = known_events(dataset, split, Stage::kValidation).item_counts(0);
  all.among = hidden_candidates(all, events, 7);
  ASSERT_EQ(all.among.num_rows(), std::ssize(all.users));
  ASSERT_EQ(std::ssize(all.among.row(0)), 37) << "all hidden items, for everybody";
  const ValidationUsers apart = set_apart(all, events, 7);
  ASSERT_EQ(std::ssize(apart.judging.among.row(0)), 4);
  ASSERT_EQ(std::ssize(apart.fitting.among.row(0)), 33) << "an item that is judged later must not count as not taken";
  for (const HeldOut* const part : {&apart.fitting, &apart.judging}) {
    for (int64_t u = 0; u < part->truth.num_rows(); ++u) {
      const auto among = part->among.row(u);
      for (const int32_t item : part->truth.row(u)) {
        ASSERT_TRUE(std::ranges::binary_search(among, item));
      }
    }
  }
}

TEST(RefitCheck, AFewNewItemsAmongTheHeldOutDoNotCountAsHidden) {
  const Dataset dataset = made_dataset(800);
  at::Tensor events = at::ones({97});
  events.slice(0, 0, 30).zero_();
  EXPECT_FALSE(set_apart(held_out(dataset, last_is_validation(dataset), Stage::kValidation), events, 7).by_item);
}

// A hundred users took item 0 and each of the items 1 to 20 was taken by one user. A model that knows nothing but item
// 0 finds most pairs, one that finds all the others finds few; over many draws of such items the second is better.
TEST(RefitCheck, AHiddenItemOfManyUsersIsOneObservation) {
  HeldOut held;
  std::vector<int32_t> rows, columns;
  for (int32_t u = 0; u < 120; ++u) {
    held.users.push_back({.user = u, .history = {}});
    rows.push_back(u);
    columns.push_back(u < 100 ? 0 : u - 99);
  }
  held.truth = csr_from_coordinates(120, 30, rows, columns, std::vector<float>(120, 1), Repeats::kMax);
  held.item_weights = weights_of_hidden_items(held);
  const float* const weights = held.item_weights.const_data_ptr<float>();
  EXPECT_NEAR(weights[0] / weights[1], 6.0 / 105, 1e-6);
  EXPECT_NEAR(100 * weights[0] + 20 * weights[1], 120, 1e-3) << "1 in the mean over the pairs";
  const auto finds = [](int32_t first, int32_t last) {
    return [=](std::span<const UserState> users) {
      at::Tensor scores = at::zeros({std::ssize(users), 30});
      for (int64_t b = 0; b < std::ssize(users); ++b) {
        scores[b].slice(0, first, last).fill_(1);
      }
      return scores;
    };
  };
  EXPECT_GT(validation_metric(finds(1, 21), held, "recall@20"), 2 * validation_metric(finds(0, 1), held, "recall@1"));
  held.item_weights = at::Tensor();
  EXPECT_LT(validation_metric(finds(1, 21), held, "recall@20"), validation_metric(finds(0, 1), held, "recall@1"))
      << "pairs alone say the opposite";
}

}  // namespace
}  // namespace haina
