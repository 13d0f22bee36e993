// A small random catalogue with every kind of side source that an expert reads: clustered users and items, so that
// there is something to learn.
#pragma once

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
  static constexpr int64_t kUsers = 60, kItems = 40, kColdItem = 39;  // nobody takes the cold item
  Interactions train;
  Interactions others;  // of two more actions
  std::vector<Field> fields;
  std::vector<UserState> states;
};

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

  Field tags = {};
  tags.source = "goods";
  tags.name = "tags";
  tags.type = FieldType::kTags;
  tags.num_rows = SmallData::kItems;
  std::vector<int32_t> r, c;
  for (int64_t i = 0; i < SmallData::kItems; ++i) {
    for (int64_t t = 0; t < 3; ++t) {
      r.push_back(static_cast<int32_t>(i));
      c.push_back(static_cast<int32_t>(stream.below(12)));
    }
  }
  tags.bags = csr_from_coordinates(SmallData::kItems, 12, r, c, std::vector<float>(r.size(), 1), Repeats::kSum);
  for (int t = 0; t < 12; ++t) {
    tags.values.find_or_add("t" + std::to_string(t));
  }

  Field ties = {};
  ties.source = "friends";
  ties.name = "friends";
  ties.side = Side::kUser;
  ties.type = FieldType::kSocial;
  ties.target = Field::Target::kUsers;
  ties.num_rows = SmallData::kUsers;
  r.clear();
  c.clear();
  for (int32_t u = 0; u < SmallData::kUsers; ++u) {
    r.push_back(u);
    c.push_back((u + 3) % static_cast<int32_t>(SmallData::kUsers));
  }
  ties.bags =
      csr_from_coordinates(SmallData::kUsers, SmallData::kUsers, r, c, std::vector<float>(r.size(), 1), Repeats::kSum);

  std::vector<std::vector<int32_t>> other_rows(SmallData::kUsers);
  for (size_t u = 0; u < other_rows.size(); ++u) {
    for (int64_t i = stream.below(6); i > 0; --i) {
      other_rows[u].push_back(static_cast<int32_t>(static_cast<int64_t>(u) % 3 * 13 + stream.below(13)));
    }
  }
  data.others = interactions_of(other_rows, SmallData::kItems);
  for (int64_t e = 0; e < data.others.num_events(); ++e) {
    data.others.actions.data_ptr<uint8_t>()[e] = static_cast<uint8_t>(1 + stream.below(2));
  }

  data.states = states_of(data.train);
  const std::vector<UserState> other_states = states_of(data.others);
  for (size_t u = 0; u < data.states.size(); ++u) {
    data.states[u].others = other_states[u].history;
  }
  for (int32_t u = 0; u < SmallData::kUsers; ++u) {
    data.states[static_cast<size_t>(u)].friends = {UserId{(u + 3) % static_cast<int32_t>(SmallData::kUsers)}};
  }
  data.fields.push_back(std::move(brand));
  data.fields.push_back(std::move(tags));
  data.fields.push_back(std::move(ties));
  return data;
}

}  // namespace haina
