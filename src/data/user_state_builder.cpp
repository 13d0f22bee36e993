#include "data/user_state_builder.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "data/field.h"

namespace haina {

UserStateBuilder::UserStateBuilder(const Dataset& dataset)
    : events_(dataset.events), first_event_(static_cast<size_t>(dataset.users.size()) + 1, 0) {
  for (const Field& field : dataset.fields) {
    if (field.type == FieldType::kSocial) {
      social_.push_back(field.bags);
    }
  }
  const int64_t n = events_.size();
  if (n == 0) {
    return;
  }
  const int32_t* const user = events_.user.const_data_ptr<int32_t>();
  const int64_t* const time = events_.time.const_data_ptr<int64_t>();
  HAINA_ASSERT(std::is_sorted(user, user + n));
  for (int64_t i = 0; i < n; ++i) {
    ++first_event_[static_cast<size_t>(user[i]) + 1];
  }
  std::partial_sum(first_event_.begin(), first_event_.end(), first_event_.begin());
  newest_us_ = *std::max_element(time, time + n);
}

UserState UserStateBuilder::without_events(int32_t user) const {
  HAINA_ASSERT(user + int64_t{1} < std::ssize(first_event_));
  return {.user = user, .friends = friends_of(user), .now_us = newest_us_};
}

UserState UserStateBuilder::known(int32_t user, const std::function<bool(int64_t)>& is_known) const {
  UserState state = without_events(user);
  if (user < 0) {
    return state;
  }
  for (int64_t i = first_event_[static_cast<size_t>(user)]; i < first_event_[static_cast<size_t>(user) + 1]; ++i) {
    if (!is_known || is_known(i)) {
      const bool goal = events_.goal.const_data_ptr<bool>()[i];
      (goal ? state.history : state.other_events).push_back(event_of(events_, i));
    }
  }
  return state;
}

UserState UserStateBuilder::with_history(std::optional<int32_t> user, std::vector<UserEvent> history) const {
  UserState state = without_events(user.value_or(-1));
  state.history = std::move(history);
  return state;
}

std::vector<UserId> UserStateBuilder::friends_of(int32_t user) const {
  UserState state;
  for (const Csr& ties : social_) {
    if (user >= 0 && user < ties.num_rows()) {
      std::vector<UserId> friends;
      for (const int32_t other : ties.row(user)) {
        friends.push_back(UserId{other});
      }
      add_friends(friends, state);
    }
  }
  return std::move(state.friends);
}

UserEvent event_of(const EventLog& log, int64_t event) {
  return {.item = ItemId{log.item.const_data_ptr<int32_t>()[event]},
          .action = log.action.const_data_ptr<uint8_t>()[event],
          .weight = log.weight.const_data_ptr<float>()[event],
          .value = log.value.const_data_ptr<float>()[event],
          .time_us = log.time.const_data_ptr<int64_t>()[event]};
}

void add_friends(std::span<const UserId> more, UserState& state) {
  std::unordered_set<int32_t> present;
  for (const UserId id : state.friends) {
    present.insert(row_of(id));
  }
  for (const UserId id : more) {
    if (present.insert(row_of(id)).second) {
      state.friends.push_back(id);
    }
  }
}

}  // namespace haina
