// Revisits against counts that are made anew from the definition, and what its scores mean in two kinds of shop.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "base/seed.h"
#include "experts/expert.h"

namespace haina {
namespace {

constexpr int64_t kMinute = 60'000'000, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr uint8_t kBuy = 0, kView = 1, kCart = 2;

struct Deed {
  int64_t user;
  int32_t item;
  uint8_t action;
  int64_t time_us;
};

Interactions interactions_from(std::vector<Deed> deeds, int64_t users, int64_t items) {
  std::ranges::stable_sort(deeds, {}, [](const Deed& deed) { return std::pair(deed.user, deed.time_us); });
  std::vector<int64_t> offsets(static_cast<size_t>(users) + 1, 0), times;
  std::vector<int32_t> rows;
  std::vector<uint8_t> actions;
  for (const Deed& deed : deeds) {
    ++offsets[static_cast<size_t>(deed.user) + 1];
    rows.push_back(deed.item);
    actions.push_back(deed.action);
    times.push_back(deed.time_us);
  }
  for (size_t u = 1; u < offsets.size(); ++u) {
    offsets[u] += offsets[u - 1];
  }
  const int64_t n = std::ssize(rows);
  Interactions events;
  events.num_users = users;
  events.num_items = items;
  events.offsets = at::tensor(offsets, at::kLong);
  events.items = at::tensor(rows, at::kInt);
  events.actions = at::tensor(actions, at::kByte);
  events.weights = at::ones({n});
  events.values = at::full({n}, std::nanf(""));
  events.times = at::tensor(times, at::kLong);
  return events;
}

std::unique_ptr<Expert> fitted(const Interactions& goals, const Interactions& others, double shrink = 5) {
  const ExpertEntry& entry = **find_expert("revisits", "");
  Params params(entry.params);
  EXPECT_TRUE(params.merge({{"shrink", shrink}}, ""));
  std::unique_ptr<Expert> expert = entry.make(params);
  const Status status = expert->fit(goals, {.fields = {}, .other_events = &others});
  EXPECT_TRUE(status) << (status ? "" : to_text(status.error()));
  return expert;
}

UserState viewed(int32_t item, int64_t ago_us) {
  UserState state;
  state.now_us = 1000 * kDay;
  state.other_events.push_back({.item = ItemId{item}, .action = kView, .time_us = state.now_us - ago_us});
  return state;
}

// 300 users view five of 50 items a day for two weeks; what is bought of them is bought after `delay`.
std::pair<Interactions, Interactions> shop(int64_t delay_us) {
  RandomStream random(3, "revisits_test");
  std::vector<Deed> views, buys;
  for (int64_t user = 0; user < 300; ++user) {
    for (int64_t day = 0; day < 14; ++day) {
      const auto bought = static_cast<int32_t>(random.below(50));
      for (int n = 0; n < 5; ++n) {
        const int32_t item = n == 0 ? bought : static_cast<int32_t>(random.below(50));
        views.push_back({user, item, kView, day * kDay + n * kMinute});
      }
      buys.push_back({user, bought, kBuy, day * kDay + 10 * kMinute + delay_us});
    }
  }
  return {interactions_from(buys, 300, 50), interactions_from(views, 300, 50)};
}

TEST(Revisits, WhatWasNotBoughtAtOnceIsPassedOverInOneShopAndComesBackInAnother) {
  const auto [at_once, views] = shop(0);
  const auto impulsive = fitted(at_once, views);
  const auto score = [](const Expert& expert, const UserState& state, int64_t item) {
    return expert.score({&state, 1})[0][item].item<double>();
  };
  EXPECT_GT(score(*impulsive, viewed(7, 10 * kMinute), 7), 1);
  EXPECT_LT(score(*impulsive, viewed(7, 2 * kDay), 7), -0.5);
  EXPECT_EQ(score(*impulsive, viewed(7, 2 * kDay), 8), 0) << "never met";
  const auto [two_days_later, same_views] = shop(2 * kDay);
  EXPECT_GT(score(*fitted(two_days_later, same_views), viewed(7, 2 * kDay), 7), 0.5);
}

// The definition, event by event, over random histories: hits and expected hits by action, age and number of events.
TEST(Revisits, IsTheLogOfHitsOverWhatPopularityExpects) {
  constexpr int64_t kUsers = 40, kItems = 12;
  const std::vector<int64_t> bounds = {kHour, 6 * kHour, kDay, 3 * kDay, 7 * kDay, 30 * kDay};
  RandomStream random(9, "revisits_test");
  std::vector<Deed> goals, others;
  for (int64_t user = 0; user < kUsers; ++user) {
    for (int n = 0; n < 30; ++n) {
      const auto time = static_cast<int64_t>(std::exp(random.uniform() * std::log(60.0 * 24 * 60)) * kMinute);
      const auto item = static_cast<int32_t>(random.below(kItems));
      const double draw = random.uniform();
      (draw < 0.3 ? goals : others).push_back({user, item, draw < 0.3 ? kBuy : draw < 0.8 ? kView : kCart, time});
    }
  }
  const Interactions train = interactions_from(goals, kUsers, kItems);
  const Interactions other = interactions_from(others, kUsers, kItems);
  const auto group_of = [&](int64_t age) {
    return std::ranges::count_if(bounds, [age](int64_t bound) { return age >= bound; });
  };
  std::vector<double> share(kItems, 1);
  for (const Deed& goal : goals) {
    share[static_cast<size_t>(goal.item)] += 1;
  }
  using Cell = std::tuple<int, int64_t, int64_t>;   // action, age group, events
  std::map<Cell, std::pair<double, double>> cells;  // hits, expected
  std::map<int64_t, std::pair<double, double>> ages;
  for (const Deed& goal : goals) {
    const auto before = [&](const Deed& deed) { return deed.user == goal.user && deed.time_us < goal.time_us; };
    std::set<int32_t> had;
    for (const Deed& earlier : goals) {
      if (before(earlier)) {
        had.insert(earlier.item);
      }
    }
    if (had.contains(goal.item)) {
      continue;
    }
    for (int32_t item = 0; item < kItems; ++item) {
      int64_t events = 0;
      const Deed* newest = nullptr;
      for (const Deed& deed : others) {
        if (before(deed) && deed.item == item) {
          ++events;
          newest = newest == nullptr || deed.time_us > newest->time_us ? &deed : newest;
        }
      }
      if (newest == nullptr || had.contains(item)) {
        continue;
      }
      const int64_t age = group_of(goal.time_us - newest->time_us);
      for (auto* const sums : {&cells[{newest->action, age, std::min<int64_t>(events, 3)}], &ages[age]}) {
        sums->first += item == goal.item ? 1 : 0;
        sums->second += share[static_cast<size_t>(item)] / (static_cast<double>(goals.size()) + kItems);
      }
    }
  }
  const auto expert = fitted(train, other, 4);
  ASSERT_GT(cells.size(), 20U);
  for (const auto& [cell, sums] : cells) {
    const auto& [action, age, events] = cell;
    const double of_age = (ages[age].first + 1) / (ages[age].second + 1);
    const double prior = 4 / std::max(1.0, of_age);
    const double expected = std::log((sums.first + prior * of_age) / (sums.second + prior));
    UserState state;
    state.now_us = 1000 * kDay;
    const int64_t ago = age == 0 ? kMinute : bounds[static_cast<size_t>(age) - 1] + kMinute;
    for (int64_t n = 0; n < events; ++n) {
      state.other_events.push_back(
          {.item = ItemId{5}, .action = static_cast<uint8_t>(action), .time_us = state.now_us - ago});
    }
    EXPECT_NEAR(expert->score({&state, 1})[0][5].item<double>(), expected, 1e-4)
        << "action " << action << ", age " << age << ", events " << events;
  }
}

TEST(Revisits, DeclineWithoutTimesAndWhereOtherEventsAreOfTheGoalsOwnAction) {
  const auto [buys, views] = shop(0);
  const ExpertEntry& entry = **find_expert("revisits", "");
  const auto refusal = [&](const Interactions& goals, const Interactions* others) {
    const Status status = entry.make(Params(entry.params))->fit(goals, {.fields = {}, .other_events = others});
    return status ? std::optional<ErrorCode>() : status.error().code;
  };
  EXPECT_EQ(refusal(buys, nullptr), ErrorCode::kBadData);
  Interactions without_times = views;
  without_times.times = at::full_like(views.times, kNoTime);
  EXPECT_EQ(refusal(buys, &without_times), ErrorCode::kUnsupported);
  Interactions low_ratings = views;
  low_ratings.actions = at::zeros_like(views.actions);
  EXPECT_EQ(refusal(buys, &low_ratings), ErrorCode::kBadData) << "a low rating is no visit";
}

}  // namespace
}  // namespace haina
