// What follows from a split: the events known at a stage, the users with something held out, and the held-out pairs.
#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <set>
#include <utility>

#include "data/hold_out_rules.h"
#include "data/seen_actions.h"
#include "data/split.h"
#include "data/user_state_builder.h"

namespace haina {
namespace {

// The events for which the predicate of their row holds.
Interactions gather(const Dataset& dataset, const std::function<bool(int64_t)>& is_included) {
  const EventLog& log = dataset.events;
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < log.size(); ++i) {
    if (is_included(i)) {
      rows.push_back(i);
    }
  }
  const at::Tensor index = at::tensor(rows, at::kLong);
  at::Tensor offsets = at::zeros({dataset.users.size() + 1}, at::kLong);
  int64_t* const o = offsets.data_ptr<int64_t>();
  for (const int64_t row : rows) {
    ++o[log.user.const_data_ptr<int32_t>()[row] + 1];
  }
  for (int64_t u = 0; u < dataset.users.size(); ++u) {
    o[u + 1] += o[u];
  }
  return {.num_users = dataset.users.size(),
          .num_items = dataset.items.size(),
          .offsets = offsets,
          .items = log.item.index_select(0, index),
          .actions = log.action.index_select(0, index),
          .weights = log.weight.index_select(0, index),
          .values = log.value.index_select(0, index),
          .times = log.time.index_select(0, index)};
}

uint8_t held_code(Stage stage) { return stage == Stage::kValidation ? kValidation : kTest; }

// Whether a model of that stage is fitted on events of that part.
bool is_fitted(uint8_t part, Stage stage) {
  return part == kTrain || (stage == Stage::kTest && (part == kValidation || part == kValidationFoldIn));
}

}  // namespace

Interactions known_events(const Dataset& dataset, const Split& split, Stage stage, Only only) {
  const uint8_t* const part = split.part.const_data_ptr<uint8_t>();
  const bool* const goal = dataset.events.goal.const_data_ptr<bool>();
  return gather(dataset, [=](int64_t i) {
    return is_fitted(part[i], stage) && (only == Only::kAll || goal[i] == (only == Only::kGoals));
  });
}

HeldOut held_out(const Dataset& dataset, const Split& split, Stage stage, Only only, const SeenRules* seen) {
  const uint8_t* const part = split.part.const_data_ptr<uint8_t>();
  const bool* const goal = dataset.events.goal.const_data_ptr<bool>();
  const int32_t* const item = dataset.events.item.const_data_ptr<int32_t>();
  const int64_t* const time = dataset.events.time.const_data_ptr<int64_t>();
  const uint8_t fold_in = stage == Stage::kValidation ? kValidationFoldIn : kTestFoldIn;
  const auto is_known = [=](int64_t i) { return part[i] == fold_in || is_fitted(part[i], stage); };
  const UserStateBuilder states(dataset);

  HeldOut result;
  std::vector<int32_t> rows, columns;
  for (int32_t user = 0; user < dataset.users.size(); ++user) {
    std::set<int32_t> truth;
    int64_t first_time = kNoTime;
    const auto [begin, end] = states.events_of(user);
    for (int64_t i = begin; i < end; ++i) {
      if (part[i] == held_code(stage) && (only == Only::kAll || goal[i] == (only == Only::kGoals))) {
        truth.insert(item[i]);
        first_time = first_time == kNoTime ? time[i] : first_time;
      }
    }
    if (truth.empty()) {
      continue;
    }
    UserState state = states.known(user, is_known);
    for (const UserEvent& event : state.history) {
      if (seen == nullptr || keeps_out(seen->age_us(event.action), event.time_us, first_time)) {
        truth.erase(row_of(event.item));
      }
    }
    if (!truth.empty()) {
      rows.insert(rows.end(), truth.size(), static_cast<int32_t>(result.users.size()));
      columns.insert(columns.end(), truth.begin(), truth.end());
      state.now_us = first_time;
      result.users.push_back(std::move(state));
    }
  }
  result.truth = csr_from_coordinates(std::ssize(result.users), dataset.items.size(), rows, columns,
                                      std::vector<float>(rows.size(), 1.0F), Repeats::kMax);
  return result;
}

HeldOut as_known(const Dataset& dataset, const Split& split, Stage stage, const HeldOut& held) {
  const uint8_t* const part = split.part.const_data_ptr<uint8_t>();
  const uint8_t fold_in = stage == Stage::kValidation ? kValidationFoldIn : kTestFoldIn;
  const UserStateBuilder states(dataset);
  HeldOut known;
  for (const UserState& user : held.users) {
    known.users.push_back(
        states.known(user.user, [=](int64_t i) { return part[i] == fold_in || is_fitted(part[i], stage); }));
  }
  known.truth = empty_csr(std::ssize(known.users), dataset.items.size());
  known.among = held.among;
  known.item_weights = held.item_weights;
  return known;
}

std::vector<Csr> held_out_actions(const Dataset& dataset, const Split& split, Stage stage, const HeldOut& held) {
  std::vector<int32_t> row_of_user(static_cast<size_t>(dataset.users.size()), -1);
  for (size_t u = 0; u < held.users.size(); ++u) {
    row_of_user[static_cast<size_t>(held.users[u].user)] = static_cast<int32_t>(u);
  }
  const auto actions = static_cast<size_t>(dataset.actions.size());
  std::vector<std::vector<int32_t>> rows(actions), columns(actions);
  for (int64_t i = 0; i < dataset.events.size(); ++i) {
    const int32_t row = row_of_user[static_cast<size_t>(dataset.events.user.const_data_ptr<int32_t>()[i])];
    const int32_t item = dataset.events.item.const_data_ptr<int32_t>()[i];
    if (split.part.const_data_ptr<uint8_t>()[i] == held_code(stage) && row >= 0 &&
        std::ranges::binary_search(held.truth.row(row), item)) {
      const uint8_t action = dataset.events.action.const_data_ptr<uint8_t>()[i];
      rows[action].push_back(row);
      columns[action].push_back(item);
    }
  }
  std::vector<Csr> by_action;
  for (size_t a = 0; a < actions; ++a) {
    by_action.push_back(csr_from_coordinates(std::ssize(held.users), dataset.items.size(), rows[a], columns[a],
                                             std::vector<float>(rows[a].size(), 1), Repeats::kMax));
  }
  return by_action;
}

Csr held_out_pairs(const Dataset& dataset, const Split& split, Stage stage) {
  const uint8_t* const part = split.part.const_data_ptr<uint8_t>();
  std::vector<int32_t> rows, columns;
  for (int64_t i = 0; i < dataset.events.size(); ++i) {
    if (part[i] == kTest || (stage == Stage::kValidation && part[i] == kValidation)) {
      rows.push_back(dataset.events.user.const_data_ptr<int32_t>()[i]);
      columns.push_back(dataset.events.item.const_data_ptr<int32_t>()[i]);
    }
  }
  return csr_from_coordinates(dataset.users.size(), dataset.items.size(), rows, columns,
                              std::vector<float>(rows.size(), 1.0F), Repeats::kMax);
}

}  // namespace haina
