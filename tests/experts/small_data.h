// A small random catalog with every kind of side source that experts read. Users and items form clusters, so that there
// is something to learn.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/seed.h"
#include "data/field.h"
#include "data/interactions.h"
#include "data/user_state.h"

namespace haina {

inline Interactions interactions_of(const std::vector<std::vector<int32_t>>& rows, int64_t num_items) {
  Interactions x;
  x.num_users = std::ssize(rows);
  x.num_items = num_items;
  std::vector<int64_t> offsets = {0}, times;
  std::vector<int32_t> items;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      items.push_back(row[i]);
      times.push_back(static_cast<int64_t>(i) * 1'000'000);
    }
    offsets.push_back(std::ssize(items));
  }
  const int64_t n = std::ssize(items);
  x.offsets = at::tensor(offsets, at::kLong);
  x.items = at::tensor(items, at::kInt);
  x.times = at::tensor(times, at::kLong);
  x.actions = at::zeros({n}, at::kByte);
  x.weights = at::ones({n}, at::kFloat);
  x.values = at::full({n}, std::numeric_limits<float>::quiet_NaN(), at::kFloat);
  return x;
}

struct SmallData {
  static constexpr int64_t kUsers = 60, kItems = 40, kColdItem = 39;  // the cold item has no events
  Interactions train;
  Interactions other_events;  // of two other actions
  std::vector<Field> fields;
  std::vector<UserState> states;
};

inline Field brand_field() {
  Field brand;
  brand.source = "goods";
  brand.name = "brand";
  brand.type = FieldType::kCategory;
  brand.num_rows = SmallData::kItems;
  std::vector<int32_t> codes;
  for (int64_t i = 0; i < SmallData::kItems; ++i) {
    codes.push_back(i % 7 == 0 ? -1 : static_cast<int32_t>(i / 13));
  }
  brand.codes = at::tensor(codes, at::kInt);
  for (const char* name : {"a", "b", "c", "d"}) {
    brand.values.find_or_add(name);
  }
  return brand;
}

inline Field tags_field(RandomStream& stream) {
  Field tags;
  tags.source = "goods";
  tags.name = "tags";
  tags.type = FieldType::kTags;
  tags.num_rows = SmallData::kItems;
  std::vector<int32_t> rows, columns;
  for (int64_t i = 0; i < SmallData::kItems; ++i) {
    for (int64_t t = 0; t < 3; ++t) {
      rows.push_back(static_cast<int32_t>(i));
      columns.push_back(static_cast<int32_t>(stream.below(12)));
    }
  }
  tags.bags =
      csr_from_coordinates(SmallData::kItems, 12, rows, columns, std::vector<float>(rows.size(), 1), Repeats::kSum);
  for (int t = 0; t < 12; ++t) {
    tags.values.find_or_add("t" + std::to_string(t));
  }
  return tags;
}

// User u follows user u + 3.
inline int32_t friend_of(int32_t user) { return (user + 3) % static_cast<int32_t>(SmallData::kUsers); }

inline Field ties_field() {
  Field ties;
  ties.source = "friends";
  ties.name = "friends";
  ties.side = Side::kUser;
  ties.type = FieldType::kSocial;
  ties.target = Field::Target::kUsers;
  ties.num_rows = SmallData::kUsers;
  std::vector<int32_t> rows, columns;
  for (int32_t u = 0; u < SmallData::kUsers; ++u) {
    rows.push_back(u);
    columns.push_back(friend_of(u));
  }
  ties.bags = csr_from_coordinates(SmallData::kUsers, SmallData::kUsers, rows, columns,
                                   std::vector<float>(rows.size(), 1), Repeats::kSum);
  return ties;
}

inline Interactions other_events_of(RandomStream& stream) {
  std::vector<std::vector<int32_t>> rows(SmallData::kUsers);
  for (size_t u = 0; u < rows.size(); ++u) {
    for (int64_t i = stream.below(6); i > 0; --i) {
      rows[u].push_back(static_cast<int32_t>(static_cast<int64_t>(u) % 3 * 13 + stream.below(13)));
    }
  }
  Interactions events = interactions_of(rows, SmallData::kItems);
  for (int64_t e = 0; e < events.num_events(); ++e) {
    events.actions.data_ptr<uint8_t>()[e] = static_cast<uint8_t>(1 + stream.below(2));
  }
  return events;
}

inline SmallData small_data(uint64_t seed = 1) {
  RandomStream stream(seed);
  std::vector<std::vector<int32_t>> rows(SmallData::kUsers);
  for (size_t u = 0; u < rows.size(); ++u) {
    const int64_t length = 3 + stream.below(8);
    for (int64_t i = 0; i < length; ++i) {
      const int64_t taste = stream.uniform() < 0.8 ? static_cast<int64_t>(u) % 3 : stream.below(3);
      rows[u].push_back(static_cast<int32_t>(taste * 13 + stream.below(13)));
    }
  }
  SmallData data;
  data.train = interactions_of(rows, SmallData::kItems);
  data.fields.push_back(brand_field());
  data.fields.push_back(tags_field(stream));
  data.fields.push_back(ties_field());
  data.other_events = other_events_of(stream);
  data.states = states_of(data.train);
  const std::vector<UserState> other_states = states_of(data.other_events);
  for (size_t u = 0; u < data.states.size(); ++u) {
    data.states[u].other_events = other_states[u].history;
    data.states[u].friends = {UserId{friend_of(static_cast<int32_t>(u))}};
  }
  return data;
}

}  // namespace haina
