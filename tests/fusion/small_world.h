// A small made catalog for tests of the fusion network.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "base/params.h"
#include "base/seed.h"
#include "data/field.h"
#include "data/interactions.h"
#include "data/user_state.h"
#include "fusion/fusion.h"

namespace haina {

// 120 users of three tastes over 30 items; every item has its taste as a tag. Item 29 has no events.
struct World {
  Interactions train;
  std::vector<Field> fields;
};

inline World small_world() {
  World world;
  RandomStream random(5, "fusion_test");
  std::vector<int64_t> offsets = {0};
  std::vector<int32_t> items;
  for (int32_t u = 0; u < 120; ++u) {
    const int32_t taste = u % 3;
    for (int i = 0; i < 6; ++i) {
      const int32_t item = taste + 3 * static_cast<int32_t>(random.below(10));
      items.push_back(item == 29 ? 26 : item);
    }
    offsets.push_back(std::ssize(items));
  }
  const int64_t n = std::ssize(items);
  world.train = {.num_users = 120,
                 .num_items = 30,
                 .offsets = at::tensor(offsets, at::kLong),
                 .items = at::tensor(items, at::kInt),
                 .actions = at::zeros({n}, at::kByte),
                 .weights = at::ones({n}),
                 .values = at::full({n}, std::nanf("")),
                 .times = at::full({n}, kNoTime, at::kLong)};
  Field taste;
  taste.source = "items";
  taste.name = "taste";
  taste.type = FieldType::kTags;
  taste.num_rows = 30;
  std::vector<int32_t> rows, columns;
  for (int32_t i = 0; i < 30; ++i) {
    rows.push_back(i);
    columns.push_back(i % 3);
  }
  for (const char* const name : {"a", "b", "c"}) {
    taste.values.find_or_add(name);
  }
  taste.bags = csr_from_coordinates(30, 3, rows, columns, std::vector<float>(30, 1.0F), Repeats::kMax);
  world.fields.push_back(taste);
  return world;
}

inline Params small_params(NetworkForm form = NetworkForm::kSet) {
  Params params(fusion_params(form));
  if (form == NetworkForm::kArticle) {
    EXPECT_TRUE(params.merge({{"width", 128}, {"epochs", 40}, {"batch", 128}, {"learning_rate", 0.004}}, "test"));
    return params;
  }
  EXPECT_TRUE(params.merge({{"width", 16}, {"epochs", 40}, {"dropout", 0.2}, {"learning_rate", 0.01}}, "test"));
  if (form == NetworkForm::kSequence) {
    EXPECT_TRUE(params.merge({{"tokens", 64}, {"input_dropout", 0.1}, {"attention_dropout", 0.1}}, "test"));
  }
  return params;
}

inline UserState of_taste(int32_t taste) {
  UserState state;
  for (int32_t i = 0; i < 3; ++i) {
    state.history.push_back({.item = ItemId{taste + 3 * i}});
  }
  return state;
}

}  // namespace haina
