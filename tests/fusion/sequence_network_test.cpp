// The sequence form on made data in which the last item determines the next.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "experts/small_data.h"
#include "fusion/fusion.h"
#include "kernels/topk.h"

namespace haina {
namespace {

Interactions without_times(const std::vector<std::vector<int32_t>>& histories, int64_t num_items) {
  Interactions train = interactions_of(histories, num_items);
  train.times.fill_(kNoTime);
  return train;
}

Params sequence_params(const nlohmann::json& more = nlohmann::json::object()) {
  Params params(fusion_params(NetworkForm::kSequence));
  EXPECT_TRUE(params.merge({{"width", 16},
                            {"tokens", 128},
                            {"length", 8},
                            {"learning_rate", 0.02},
                            {"input_dropout", 0.1},
                            {"dropout", 0.1},
                            {"attention_dropout", 0.1}},
                           "test"));
  EXPECT_TRUE(params.merge(more, "test"));
  return params;
}

FusionNetwork trained(const FusionData& data, const Params& params, NetworkForm form, int64_t epochs) {
  FusionTraining training;
  auto network = FusionNetwork::train(data, params, {.form = form, .seed = 7, .epochs = epochs}, training);
  EXPECT_TRUE(network) << (network ? "" : to_text(network.error()));
  return std::move(*network);
}

UserState who_had(const std::vector<int32_t>& items) {
  UserState state;
  for (const int32_t item : items) {
    state.history.push_back({.item = ItemId{item}});
  }
  return state;
}

// Two rings of 26 of 53 items, walked in one direction.
constexpr int32_t kRing = 53;
int32_t next_of(int32_t item) { return (item * 7 + 3) % kRing; }
std::vector<int32_t> walk(int32_t start, int64_t steps) {
  std::vector<int32_t> items = {start};
  while (std::ssize(items) < steps) {
    items.push_back(next_of(items.back()));
  }
  return items;
}

Interactions walks() {
  RandomStream random(1, "sequence_network_test");
  std::vector<std::vector<int32_t>> histories(500);
  for (std::vector<int32_t>& history : histories) {
    auto start = static_cast<int32_t>(random.below(kRing));
    history = walk(next_of(start) == start ? start + 1 : start, 3 + random.below(6));
  }
  return without_times(histories, kRing);
}

// The share of all walks of three items whose next item ranks first among items not in the walk.
double share_first(const FusionNetwork& network) {
  int found = 0, count = 0;
  for (int32_t start = 0; start < kRing; ++start) {
    const std::vector<int32_t> items = walk(start, 4);
    if (items[1] == start) {
      continue;
    }
    const UserState state = who_had({items.begin(), items.end() - 1});
    at::Tensor scores = network.score({&state, 1}).clone();
    for (size_t i = 0; i < 3; ++i) {
      scores[0][items[i]] = -1e9;
    }
    found += top_k(scores, 1).items[0][0].item<int32_t>() == items[3] ? 1 : 0;
    ++count;
  }
  return found / static_cast<double>(count);
}

TEST(SequenceNetwork, LearnsThatTheLastItemDeterminesTheNextWhichASetCannot) {
  const Interactions train = walks();
  const FusionNetwork sequence = trained({&train, {}, nullptr}, sequence_params(), NetworkForm::kSequence, 12);
  EXPECT_GT(share_first(sequence), 0.9);
  Params set(fusion_params(NetworkForm::kSet));
  ASSERT_TRUE(set.merge({{"width", 16}, {"learning_rate", 0.02}, {"dropout", 0.1}}, "test"));
  EXPECT_LT(share_first(trained({&train, {}, nullptr}, set, NetworkForm::kSet, 30)), 0.6);
}

TEST(SequenceNetwork, AGruLearnsItTooAndSurvivesRestoring) {
  const Interactions train = walks();
  const FusionNetwork network =
      trained({&train, {}, nullptr}, sequence_params({{"recurrent", 1}}), NetworkForm::kSequence, 12);
  EXPECT_GT(share_first(network), 0.9);
  const auto back = FusionNetwork::restore(network.state(), network.about(), {}, kRing, "here");
  ASSERT_TRUE(back) << to_text(back.error());
  const std::vector<UserState> users = {who_had({1, 2, 3}), who_had({4}), who_had({})};
  EXPECT_TRUE(at::equal(network.score(users), back->score(users)));
}

TEST(SequenceNetwork, ScoresOfAUserAreTheSameAloneAndAmongOthers) {
  Interactions train = walks();
  train.times.copy_(at::arange(train.num_events(), at::kLong) * 7'000'000'000);
  const FusionNetwork network = trained({&train, {}, nullptr}, sequence_params(), NetworkForm::kSequence, 1);
  RandomStream random(2, "sequence_network_test");
  std::vector<UserState> users;
  for (int u = 0; u < 75; ++u) {  // some without a history, some with more of it than is read
    UserState state = who_had(walk(static_cast<int32_t>(random.below(kRing)), random.below(14)));
    state.history.resize(static_cast<size_t>(u % 5 == 0 ? 0 : std::ssize(state.history)), {});
    int64_t now = 0;
    for (UserEvent& event : state.history) {
      now += random.below(100'000'000'000);
      event.time_us = random.below(6) == 0 ? kNoTime : now;
    }
    if (u % 7 == 0) {
      state.history.push_back({.item = ItemId{kRing + 5}});  // an item that is not in the catalog
    }
    users.push_back(std::move(state));
  }
  const at::Tensor together = network.score(users);
  ASSERT_EQ(together.sizes(), at::IntArrayRef({75, kRing}));
  EXPECT_TRUE(at::isfinite(together).all().item<bool>());
  for (size_t u = 0; u < users.size(); ++u) {
    const at::Tensor alone = network.score({&users[u], 1})[0];
    EXPECT_TRUE(at::allclose(together[static_cast<int64_t>(u)], alone, 1e-5, 1e-5)) << u;
  }
  EXPECT_EQ(network.score(std::span<const UserState>()).size(0), 0);
}

// Serving reads what a position reads in training: the newest `length` events of known items.
TEST(SequenceNetwork, ReadsTheNewestEventsOfKnownItems) {
  const Interactions train = walks();
  const FusionNetwork network = trained({&train, {}, nullptr}, sequence_params(), NetworkForm::kSequence, 1);
  const auto score = [&](const std::vector<int32_t>& items) {
    const UserState state = who_had(items);
    return network.score({&state, 1});
  };
  EXPECT_TRUE(at::equal(score({9, 8, 1, 2, 3, 4, 5, 6, 7, 10}), score({30, 31, 1, 2, 3, 4, 5, 6, 7, 10})));
  EXPECT_FALSE(at::allclose(score({1, 2, 3, 4, 5, 6, 7, 10}), score({2, 1, 3, 4, 5, 6, 7, 10}), 1e-6, 1e-6));
  EXPECT_TRUE(at::equal(score({1, kRing, 2, -1, 3}), score({1, 2, 3})));
}

TEST(SequenceNetwork, WithoutAHistoryTheScoresAreTheBias) {
  const Interactions train = walks();
  const FusionNetwork network = trained({&train, {}, nullptr}, sequence_params(), NetworkForm::kSequence, 1);
  const UserState nobody;
  EXPECT_TRUE(at::allclose(network.score({&nobody, 1})[0], network.item_bias()));
  EXPECT_EQ(network.user_vectors({&nobody, 1}).norm().item<float>(), 0);
}

TEST(SequenceNetwork, KeepsItsFormWhenRestored) {
  const Interactions train = walks();
  const FusionNetwork network =
      trained({&train, {}, nullptr}, sequence_params({{"layers", 1}, {"heads", 4}}), NetworkForm::kSequence, 1);
  EXPECT_EQ(network.form(), NetworkForm::kSequence);
  EXPECT_EQ(network.about()["form"], "sequence");
  const auto back = FusionNetwork::restore(network.state(), network.about(), {}, kRing, "here");
  ASSERT_TRUE(back) << to_text(back.error());
  EXPECT_EQ(back->form(), NetworkForm::kSequence);
  EXPECT_EQ(back->about(), network.about());
  const std::vector<UserState> users = {who_had({1, 2, 3}), who_had({4})};
  EXPECT_TRUE(at::equal(network.score(users), back->score(users)));
}

TEST(SequenceNetwork, WithoutTargetsTrainingFailsWithAHint) {
  const Interactions train = without_times({{3, 3, 3}, {2}, {}}, 6);
  FusionTraining training;
  const auto network =
      FusionNetwork::train({&train, {}, nullptr}, sequence_params(), {.form = NetworkForm::kSequence}, training);
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().code, ErrorCode::kBadData);
  EXPECT_NE(network.error().what.find("no user has two different items"), std::string::npos);
  EXPECT_FALSE(network.error().hint.empty());
}

// Six classes of eight items: after an item of one class comes any item of the next class. No event has the last item
// of a class.
constexpr int32_t kClasses = 6, kOfClass = 8, kClassItems = kClasses * kOfClass;
int32_t item_in(int32_t of_class, int32_t place) { return (of_class % kClasses) * kOfClass + place; }

TEST(SequenceNetwork, TagsConnectItemsWithoutEvents) {
  RandomStream random(3, "sequence_network_test");
  std::vector<std::vector<int32_t>> histories(400);
  for (std::vector<int32_t>& history : histories) {
    const auto first = static_cast<int32_t>(random.below(kClasses));
    for (int32_t step = 0; step < 6; ++step) {
      history.push_back(item_in(first + step, static_cast<int32_t>(random.below(kOfClass - 1))));
    }
  }
  const Interactions train = without_times(histories, kClassItems);
  Field tags;
  tags.source = "items";
  tags.name = "class";
  tags.type = FieldType::kTags;
  tags.num_rows = kClassItems;
  std::vector<int32_t> rows, columns;
  for (int32_t i = 0; i < kClassItems; ++i) {
    rows.push_back(i);
    columns.push_back(i / kOfClass);
  }
  for (const char* const name : {"a", "b", "c", "d", "e", "f"}) {
    tags.values.find_or_add(name);
  }
  tags.bags =
      csr_from_coordinates(kClassItems, kClasses, rows, columns, std::vector<float>(kClassItems, 1.0F), Repeats::kMax);
  // From an item without events: the share of the first five items that are of the next class. To such an item: how
  // often the one of the next class scores highest among the six without events.
  struct Found {
    double from, to;
  };
  const auto share_found = [&](std::span<const Field> fields) {
    const FusionNetwork network = trained({&train, fields, nullptr}, sequence_params(), NetworkForm::kSequence, 8);
    Found found = {0, 0};
    for (int32_t c = 0; c < kClasses; ++c) {
      const UserState unseen = who_had({item_in(c, kOfClass - 1)});
      const at::Tensor first = top_k(network.score({&unseen, 1}), 5).items[0];
      for (int64_t r = 0; r < 5; ++r) {
        found.from += first[r].item<int32_t>() / kOfClass == (c + 1) % kClasses ? 1 / (5.0 * kClasses) : 0;
      }
      const UserState seen = who_had({item_in(c, 0)});
      const at::Tensor scores = network.score({&seen, 1})[0].reshape({kClasses, kOfClass}).select(1, kOfClass - 1);
      found.to += scores.argmax().item<int64_t>() == (c + 1) % kClasses ? 1.0 / kClasses : 0;
    }
    return found;
  };
  const Found with = share_found({&tags, 1}), without = share_found({});
  EXPECT_GT(with.from, 0.95);
  EXPECT_GT(with.to, 0.8);
  EXPECT_LT(without.from, 0.5);
  EXPECT_LT(without.to, 0.5);
}

}  // namespace
}  // namespace haina
