// What is known of one user at one moment: the only thing that scoring ever sees, offline and online.
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
  int32_t user =
      -1;  // row of Dataset.users; -1: unknown. Models may use it for stored profile rows, never to look up an answer.
  std::vector<UserEvent> history = {};  // what the goal wants more of, oldest first: the items of no list to come
  std::vector<UserEvent> others = {};   // of every other action (views, carts, low ratings), oldest first
  std::vector<UserId> friends = {};
  std::vector<std::pair<std::string, std::string>> profile =
      {};                  // (field, cell) given by the caller; beats the stored profile
  std::string query = {};  // search words; empty: none
  std::vector<std::pair<std::string, std::string>> context = {};  // (name, value): device, place, hour
  int64_t now_us = kNoTime;
};

// The state of every user of `train`, with row user = u, in order; history = its row.
std::vector<UserState> states_of(const Interactions& train);

}  // namespace haina
