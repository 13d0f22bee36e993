// Honest splits of the events: by time, per-user leave-last, random, unseen users, or as published in files.
#pragma once

#include <vector>

#include "config/config.h"
#include "data/dataset.h"
#include "data/user_state.h"

namespace haina {

enum class Stage { kValidation, kTest };

// One row a user with something held out.
struct HeldOut {
  std::vector<UserState> users;  // state just before what is held out
  Csr truth;  // [users.size(), items]: the goal items held out, less those already in the history; value = weight
  Csr among = empty_csr(0, 0);  // [users.size(), items]: only these are ranked beside the truth; no rows: every item
};

// Events assigned to train, validation and test: kTrain, kValidation, kTest (uint8 [n], as Part). Events that are not
// goals follow their time, or, where the split is per user or random, stay in training only if they do not touch a
// held-out (user, item) pair.
struct Split {  // 5 and 6: the known share of a held-out user's history (new_users)
  at::Tensor part;
};
Result<Split> make_split(const Dataset& dataset, const SplitConfig& config);

// The split without events of those actions that are no goals: part of nothing from then on.
Split without_actions(const Dataset& dataset, const Split& split, const std::vector<std::string>& actions);
// Names of the actions of events that are no goals, in their order.
std::vector<std::string> other_actions(const Dataset& dataset);

// Whether a user's events stand in order of time: they have times, or the split goes by their order.
bool is_ordered(const Dataset& dataset, const SplitConfig& config);

// One event as a state holds it.
UserEvent event_of(const EventLog& log, int64_t event);

// Events known when fitting for that stage (kValidation: train; kTest: train and validation).
enum class Only { kGoals, kOthers, kAll };
Interactions known_events(const Dataset& dataset, const Split& split, Stage stage, Only only = Only::kGoals);
// Held-out users of that stage. Users of all friends, contexts and times included in their states. only: which events
// count as held out; what else a user did then is part of nothing.
HeldOut held_out(const Dataset& dataset, const Split& split, Stage stage, Only only = Only::kGoals);
// What the users of `held` did with their held-out items: [held.users.size(), items], one a row of Dataset.actions.
std::vector<Csr> held_out_actions(const Dataset& dataset, const Split& split, Stage stage, const HeldOut& held);
// [users, items]: every pair held out for that stage or a later one: what no side source may reveal.
Csr held_out_pairs(const Dataset& dataset, const Split& split, Stage stage);

}  // namespace haina
