// Splits of the events into training, validation and test: by time, the last event of each user, random pairs, unseen
// users, or as published in files. split.cpp assigns the parts, held_out.cpp derives what follows from them.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "config/config.h"
#include "data/dataset.h"
#include "data/user_state.h"

namespace haina {

class SeenRules;

enum class Stage { kValidation, kTest };

// One row for each user with held-out items.
struct HeldOut {
  std::vector<UserState> users;  // state just before the held-out events
  Csr truth;                     // [users.size(), items], value 1: the held-out items that are not in the history
  // [users.size(), items]: the only items ranked together with the truth. No rows: all items are ranked.
  Csr among = empty_csr(0, 0);
  // float32 [items]: what finding an item for one of its users counts where training chooses. Undefined: all users
  // count alike.
  at::Tensor item_weights;
};

struct Split {
  at::Tensor part;  // uint8 [events], see data/hold_out_rules.h
};
// Events that are not goals are held out with the goal events at or after their time, or on their (user, item) pair,
// according to the rule. kBadData where the events lack what the rule needs.
Result<Split> make_split(const Dataset& dataset, const SplitConfig& config);

// The split without the events of those actions that are not goals: they belong to no part.
Split without_actions(const Dataset& dataset, const Split& split, const std::vector<std::string>& actions);
// Names of the actions of events that are not goals, in the order of Dataset.actions.
std::vector<std::string> other_actions(const Dataset& dataset);

// Whether the events of a user are in order of time: they have times, or the split relies on their order.
bool is_ordered(const Dataset& dataset, const SplitConfig& config);

enum class Only { kGoals, kOthers, kAll };
// Events that a model of that stage is fitted on (kValidation: train; kTest: train and validation).
Interactions known_events(const Dataset& dataset, const Split& split, Stage stage, Only only = Only::kGoals);
// Users with held-out items of that stage, in order of their rows. `only` says which held-out events count; no others
// of that part are used. now_us is the time of the user's first held-out event.
// An item of the history is no truth again, unless `seen` lets it back into lists by then (null: none comes back).
HeldOut held_out(const Dataset& dataset, const Split& split, Stage stage, Only only = Only::kGoals,
                 const SeenRules* seen = nullptr);
// The same users, without truth, as a model of that stage may know them.
HeldOut as_known(const Dataset& dataset, const Split& split, Stage stage, const HeldOut& held);
// By action: what the users of `held` did with their held-out items, [held.users.size(), items], value 1.
std::vector<Csr> held_out_actions(const Dataset& dataset, const Split& split, Stage stage, const HeldOut& held);
// [users, items]: all pairs held out at that stage or a later one, which no other source may reveal.
Csr held_out_pairs(const Dataset& dataset, const Split& split, Stage stage);

}  // namespace haina
