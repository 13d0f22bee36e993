// Six items and three users with hand-computed metrics.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <vector>

#include "data/split.h"
#include "evaluation/evaluate.h"
#include "kernels/csr.h"

namespace haina {

inline UserState user_with(std::vector<int32_t> history) {
  UserState state;
  for (const int32_t item : history) {
    state.history.push_back({.item = ItemId{item}});
  }
  return state;
}

// User 0 saw items 0 to 4 and holds out item 5; user 1 saw item 0 and holds out 1 and 4; user 2 holds out nothing.
inline HeldOut small_held_out() {
  HeldOut held_out;
  held_out.users = {user_with({0, 1, 2, 3, 4}), user_with({0, 0}), user_with({1})};
  const std::vector<int32_t> rows = {0, 1, 1}, columns = {5, 1, 4};
  held_out.truth = csr_from_coordinates(3, 6, rows, columns, std::vector<float>(3, 1), Repeats::kMax);
  return held_out;
}

// Item 0 first, for every user.
inline at::Tensor same_for_all(std::span<const UserState> users) {
  return at::tensor(std::vector<float>{6, 5, 4, 3, 2, 1}).expand({std::ssize(users), 6});
}

inline EvaluateOptions small_options() {
  EvaluateOptions options{.ks = {1, 3}, .batch = 2};
  options.item_counts = at::tensor(std::vector<float>{9, 8, 7, 6, 1, 0});
  return options;
}

}  // namespace haina
