// Each cleaning rule alone: what it drops, what it keeps, and what it counts.
#include "data/cleaning/clean_events.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace haina {
namespace {

constexpr int64_t kSecond = 1'000'000;

struct Event {
  int32_t user, item;
  int64_t time;
  uint8_t action = 0, part = 0;
};

// `value` of an event is its place in the list, so that the rows that are kept can be named. A context column "place"
// holds the same number.
Dataset dataset_of(const std::vector<Event>& events) {
  Dataset dataset;
  for (int i = 0; i < 10; ++i) {
    dataset.users.find_or_add("u" + std::to_string(i));
    dataset.items.find_or_add("i" + std::to_string(i));
  }
  std::vector<int32_t> user, item, place;
  std::vector<uint8_t> action, part;
  std::vector<int64_t> time;
  for (const Event& event : events) {
    place.push_back(static_cast<int32_t>(user.size()));
    user.push_back(event.user);
    item.push_back(event.item);
    action.push_back(event.action);
    part.push_back(event.part);
    time.push_back(event.time);
  }
  const int64_t n = std::ssize(events);
  dataset.events = {.user = at::tensor(user, at::kInt),
                    .item = at::tensor(item, at::kInt),
                    .action = at::tensor(action, at::kByte),
                    .value = at::arange(n, at::kFloat),
                    .weight = at::ones({n}),
                    .time = at::tensor(time, at::kLong),
                    .goal = at::ones({n}, at::kBool),
                    .part = at::tensor(part, at::kByte)};
  dataset.context.push_back({"place", {}, at::tensor(place, at::kInt)});
  return dataset;
}

// Places in the list of the events that are left. All columns must have kept the same rows.
std::vector<int> kept(const Dataset& dataset) {
  std::vector<int> places;
  for (int64_t r = 0; r < dataset.events.size(); ++r) {
    places.push_back(static_cast<int>(dataset.events.value[r].item<float>()));
    EXPECT_EQ(dataset.context[0].codes[r].item<int>(), places.back());
  }
  for (const at::Tensor& column :
       {dataset.events.user, dataset.events.time, dataset.events.goal, dataset.events.part}) {
    EXPECT_EQ(column.size(0), std::ssize(places));
  }
  return places;
}

int64_t count_of(const QualityReport& quality, const std::string& rule) {
  int64_t count = 0;
  for (const QualityRule& entry : quality.rules) {
    count += entry.rule == rule ? entry.count : 0;
  }
  return count;
}

int64_t total_count(const QualityReport& quality) {
  int64_t count = 0;
  for (const QualityRule& entry : quality.rules) {
    count += entry.count;
  }
  return count;
}

using Places = std::vector<int>;

TEST(KeepEvents, RemovesTheRowsFromAllColumns) {
  Dataset dataset = dataset_of({{0, 1, 5}, {0, 2, 6}, {1, 3, 7}});
  const std::vector<uint8_t> all = {1, 1, 1}, some = {1, 0, 1}, none = {0, 0};
  keep_events(dataset, all);
  EXPECT_EQ(kept(dataset), (Places{0, 1, 2}));
  keep_events(dataset, some);
  EXPECT_EQ(kept(dataset), (Places{0, 2}));
  EXPECT_TRUE(at::equal(dataset.events.item, at::tensor({1, 3}, at::kInt)));
  keep_events(dataset, none);
  EXPECT_EQ(kept(dataset), Places{});
}

TEST(DropDuplicates, KeepsTheFirstOfExactRepeatsOfUserItemActionTimeAndPart) {
  QualityReport quality;
  Dataset dataset = dataset_of({{0, 1, 5},
                                {0, 2, 5},
                                {0, 1, 5},        // a repeat, though not next to the first
                                {0, 1, 5, 1},     // another action
                                {0, 1, 5, 0, 3},  // another part
                                {0, 1, 6},        // another time
                                {1, 1, kNoTime},  // another user
                                {1, 1, kNoTime},  // a repeat without a time
                                {1, 1, 6}});
  drop_duplicates(dataset, quality);
  EXPECT_EQ(kept(dataset), (Places{0, 1, 3, 4, 5, 6, 8}));
  EXPECT_EQ(count_of(quality, "duplicate dropped"), 2);
  EXPECT_EQ(total_count(quality), 2);
  EXPECT_EQ(quality.rules.at(0).examples.at(0), "user u0, item i1");
}

TEST(DropFloods, DropsAllOfAMinuteWithMoreEventsThanAllowed) {
  CleanConfig clean;
  clean.flood_per_minute = 2;
  QualityReport quality;
  const int64_t minute = 60 * kSecond;
  Dataset dataset = dataset_of({{0, 1, minute},
                                {0, 2, minute + 1},
                                {0, 3, 2 * minute - 1},  // three in one minute
                                {0, 4, 2 * minute},
                                {0, 5, 2 * minute + 1},  // two in the next are allowed
                                {1, 1, kNoTime},
                                {1, 2, kNoTime},
                                {1, 3, kNoTime}});  // nothing is known of these
  drop_floods(clean, dataset, quality);
  EXPECT_EQ(kept(dataset), (Places{3, 4, 5, 6, 7}));
  EXPECT_EQ(count_of(quality, "flood dropped"), 3);
  EXPECT_EQ(total_count(quality), 3);
}

TEST(DropFloods, IsOffAtZero) {
  CleanConfig clean;
  clean.flood_per_minute = 0;
  QualityReport quality;
  Dataset dataset = dataset_of({{0, 1, 5}, {0, 2, 5}, {0, 3, 5}});
  drop_floods(clean, dataset, quality);
  EXPECT_EQ(kept(dataset), (Places{0, 1, 2}));
  EXPECT_TRUE(quality.rules.empty());
}

TEST(DropNearDuplicates, CountsTheTimeFromTheLastEventThatWasKept) {
  CleanConfig clean;
  clean.duplicate_seconds = 10;
  QualityReport quality;
  Dataset dataset = dataset_of({{0, 1, 100 * kSecond},
                                {0, 1, 106 * kSecond},        // 6 s after the first
                                {0, 1, 111 * kSecond},        // 11 s after the first, 5 s after the dropped one
                                {0, 2, 112 * kSecond},        // another item
                                {0, 1, 113 * kSecond, 1},     // another action
                                {0, 1, 114 * kSecond, 0, 3},  // another part
                                {1, 1, 115 * kSecond},        // another user
                                {2, 1, kNoTime},
                                {2, 1, kNoTime}});
  drop_near_duplicates(clean, dataset, quality);
  EXPECT_EQ(kept(dataset), (Places{0, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(count_of(quality, "near duplicate dropped"), 1);
  clean.duplicate_seconds = 0;
  drop_near_duplicates(clean, dataset, quality);
  EXPECT_EQ(total_count(quality), 1);
}

TEST(KeepCore, RepeatsUntilEveryUserAndItemHasEnough) {
  CleanConfig clean;
  clean.min_user_events = 2;
  clean.min_item_events = 2;
  QualityReport quality;
  // Without item 3 (one event) user 2 has one event; without that, item 2 has one event; without that, no user or item
  // has fewer than two.
  Dataset dataset = dataset_of({{0, 0, 1}, {0, 1, 2}, {1, 0, 3}, {1, 1, 4}, {1, 2, 5}, {2, 2, 6}, {2, 3, 7}});
  keep_core(clean, dataset, quality);
  EXPECT_EQ(kept(dataset), (Places{0, 1, 2, 3}));
  EXPECT_EQ(count_of(quality, "outside the core dropped"), 3);
  EXPECT_EQ(dataset.users.to_strings(), (std::vector<std::string>{"u0", "u1"}));
  EXPECT_EQ(dataset.items.to_strings(), (std::vector<std::string>{"i0", "i1"}));
}

TEST(KeepCore, AMinimumOfOneRemovesIdsWithoutEventsAndRenumbersTheRest) {
  CleanConfig clean;
  clean.min_item_events = 1;
  QualityReport quality;
  Dataset dataset = dataset_of({{0, 3, 1}, {0, 5, 2}, {1, 3, 3}});
  keep_core(clean, dataset, quality);
  EXPECT_EQ(kept(dataset), (Places{0, 1, 2}));
  EXPECT_TRUE(quality.rules.empty());
  EXPECT_EQ(dataset.items.to_strings(), (std::vector<std::string>{"i3", "i5"}));
  EXPECT_TRUE(at::equal(dataset.events.item, at::tensor({0, 1, 0}, at::kInt)));
  EXPECT_EQ(dataset.users.size(), 10);  // users have no minimum
}

Field numbers_of(const std::vector<float>& numbers) {
  Field field;
  field.source = "films";
  field.name = "price";
  field.type = FieldType::kNumber;
  field.num_rows = std::ssize(numbers);
  field.numbers = at::tensor(numbers);
  return field;
}

TEST(DropOutliers, MakesNumbersFarFromTheMedianMissing) {
  std::vector<float> prices;
  Vocabulary ids;
  for (int i = 0; i < 30; ++i) {
    prices.push_back(i == 3 ? std::nanf("") : i == 7 ? 1e9F : static_cast<float>(10 + i));
    ids.find_or_add("i" + std::to_string(i));
  }
  QualityReport quality;
  Field field = numbers_of(prices);
  drop_outliers(field, 8, ids, quality);
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(std::isfinite(field.numbers[i].item<float>()), i != 3 && i != 7) << i;
  }
  ASSERT_EQ(quality.rules.size(), 1U);
  EXPECT_EQ(quality.rules[0].rule, "outlier made missing");
  EXPECT_EQ(quality.rules[0].source, "films.price");
  EXPECT_EQ(quality.rules[0].count, 1);
}

TEST(DropOutliers, DoesNothingWithoutAThresholdWithFewNumbersOrWithoutSpread) {
  Vocabulary ids;
  for (int i = 0; i < 30; ++i) {
    ids.find_or_add("i" + std::to_string(i));
  }
  QualityReport quality;
  std::vector<float> same(30, 5.0F), few(10, 5.0F), spread(30);
  same[2] = few[2] = 1e9F;
  for (int i = 0; i < 30; ++i) {
    spread[static_cast<size_t>(i)] = i == 2 ? 1e9F : static_cast<float>(i);
  }
  const std::vector<std::pair<std::vector<float>, double>> cases = {{same, 8}, {few, 8}, {spread, 0}};
  for (const auto& [numbers, z] : cases) {
    Field field = numbers_of(numbers);
    drop_outliers(field, z, ids, quality);
    EXPECT_EQ(field.numbers[2].item<float>(), 1e9F);
  }
  EXPECT_TRUE(quality.rules.empty());
}

}  // namespace
}  // namespace haina
