// What a user did with an item that keeps it out of the user's lists. One rule for haina recommend, the service, its
// batches, Gorse's paths and evaluation:
//   - What the goal asks for is kept out, and so is every other event of the same action: under the goal "rating >= 4",
//     films that the user gave 1 to 3 stars.
//   - Other actions are kept out unless their name says that they are weaker than the goal. From weak to strong:
//     shown (impression) < looked at (view, click) < wanted (cart, wish list, like) < dealt with (all other names:
//     rating, purchase, read, watch, …). Under the goal "buy", views and carts come back; under the goal "view", all
//     stay out.
//   - What was refused (dislike, hide, skip, …) is always kept out.
//   - Without a goal every event keeps its item out.
// [serve] exclude_seen changes this for all actions or for some, and gives events an age after which items come back.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "config/goal.h"
#include "data/dataset.h"
#include "data/user_state.h"
#include "text/action_words.h"

namespace haina {

// What the name of an action says; kDealtWith for names that say nothing.
Deed deed_of(std::string_view action);

class SeenRules {
 public:
  static constexpr int64_t kForever = INT64_MAX;
  // kInvalidArgument, at its place, for an action in [serve] exclude_seen that no event and no source has and whose
  // name is none that haina knows; a dataset without events accepts every name. goals: of the project; where none are
  // given, the events that the dataset marks say which actions the goal asks for.
  static Result<SeenRules> make(const ServeConfig& serve, const Dataset& dataset, std::span<const Goal> goals);

  // For how long, in µs, an event of that action keeps its item out; 0: not at all. action: a row of Dataset.actions.
  int64_t age_us(uint8_t action) const {
    return action < age_of_row_.size() ? age_of_row_[action] : SeenRules::kForever;
  }
  // The same by name, also for actions that the dataset does not have.
  int64_t age_us(const std::string& action) const;
  // Whether the goal names the action, or an event of it meets the goal.
  bool is_goal_action(const std::string& action) const { return is_goal_action_.contains(action); }
  // Whether the settings let items come back after some time.
  bool has_ages() const;
  // Actions named in the settings that no event has yet.
  const std::vector<std::string>& unused_names() const { return unused_names_; }

 private:
  int64_t default_age(const std::string& action) const;

  Deed goal_ = Deed::kShown;
  ExcludeSeen settings_;
  std::unordered_map<std::string, bool> is_goal_action_;
  std::vector<int64_t> age_of_row_;  // [actions]
  std::vector<std::string> unused_names_;
};

// Whether an event of that age still keeps its item out. An event without a time does for as long as the rule says so
// at all.
bool keeps_out(int64_t age_us, int64_t event_us, int64_t now_us);
// The items that the user's events keep out at the state's now_us, ascending, each once. rules null: those of the
// history.
std::vector<int32_t> seen_items(const UserState& user, const SeenRules* rules = nullptr);

}  // namespace haina
