// What is known of one user at one moment. Models score users from this alone, in evaluation as in service.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "data/ids.h"
#include "data/interactions.h"

namespace haina {

struct UserEvent {
  ItemId item;
  uint8_t action = 0;  // row of Dataset.actions
  float weight = 1;
  float value = std::numeric_limits<float>::quiet_NaN();
  int64_t time_us = kNoTime;
};

struct UserState {
  // Row of Dataset.users; -1: unknown. Models may read the stored profile at this row, but never what the user did.
  int32_t user = -1;
  std::vector<UserEvent> history = {};       // goal events, oldest first; their items are not recommended again
  std::vector<UserEvent> other_events = {};  // events of all other actions (views, carts, low ratings), oldest first
  std::vector<UserId> friends = {};
  // (field, cell) pairs given by the caller, which replace the stored profile.
  std::vector<std::pair<std::string, std::string>> profile = {};
  std::string query = {};                                         // search words; empty: none
  std::vector<std::pair<std::string, std::string>> context = {};  // (name, value): device, place, hour
  int64_t now_us = kNoTime;                                       // time at which the user is scored
};

// The states of all users of `train`, in order: user = u, history = row u.
std::vector<UserState> states_of(const Interactions& train);

}  // namespace haina
