// The one way to make a user's state from a dataset: the split, the command line and the service all use it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "data/dataset.h"
#include "data/user_state.h"

namespace haina {

// Every state holds the user's row, friends and events; nothing else of the dataset. `profile` (the cells that a caller
// gives), `query` and `context` belong to a request and are left empty: the caller sets them.
// Shares the tensors of the dataset, which may move or be destroyed. Building costs O(users + events) once; a state
// costs what it holds. Any number of threads may call the const functions.
class UserStateBuilder {
 public:
  explicit UserStateBuilder(const Dataset& dataset);

  // What the dataset knows of a user: goal events as history, all other events, each oldest first, and the friends.
  // now_us is newest_us(). user: a row of Dataset.users; -1 gives the state of an unknown user: no event, no friend.
  UserState known(int32_t user) const { return known(user, {}); }
  // The same from the events for which is_known(event row) holds; an empty function accepts all.
  UserState known(int32_t user, const std::function<bool(int64_t)>& is_known) const;
  // The caller's history in place of all of the dataset's events. The user, where known, keeps row and friends.
  UserState with_history(std::optional<int32_t> user, std::vector<UserEvent> history) const;

  // Friends from all social fields, in the order of the fields and then of rows, each once.
  std::vector<UserId> friends_of(int32_t user) const;
  // Rows of the event log that hold a known user's events, oldest first: from first up to, and without, second.
  std::pair<int64_t, int64_t> events_of(int32_t user) const {
    return {first_event_[static_cast<size_t>(user)], first_event_[static_cast<size_t>(user) + 1]};
  }
  // Time of the newest event of all users, or kNoTime.
  int64_t newest_us() const { return newest_us_; }

 private:
  // Row and friends, without events.
  UserState without_events(int32_t user) const;

  EventLog events_;
  std::vector<Csr> social_;           // [users, users] of each social field
  std::vector<int64_t> first_event_;  // [users + 1]: events of user u are first_event_[u] .. first_event_[u + 1]
  int64_t newest_us_ = kNoTime;
};

// One event of the log as a state holds it.
UserEvent event_of(const EventLog& log, int64_t event);
// Appends those of `more` that the state does not have yet, in order.
void add_friends(std::span<const UserId> more, UserState& state);

}  // namespace haina
