// Events and histories as sparse matrices of ones.
#pragma once

#include <cstdint>
#include <span>

#include "data/interactions.h"
#include "data/user_state.h"
#include "experts/expert.h"
#include "kernels/csr.h"

namespace haina {

// [users, items]: 1 where the user has an event with the item.
Csr binary_matrix(const Interactions& train);
// The same of the histories of states, [users.size(), num_items]. Items added after the fit are left out.
Csr binary_histories(std::span<const UserState> users, int64_t num_items);
// The same with decay^(n-t) for the t-th of n events, so that the newest weighs 1; of repeated items the newest counts.
Csr decayed_histories(std::span<const UserState> users, int64_t num_items, double decay);
// The parameter "decay" of experts that read histories this way, 1 by default.
ParamSpec history_decay_param();
// kUnsupported where decay is below 1 and events have no order.
Status require_order(double decay, const FitContext& context);

}  // namespace haina
