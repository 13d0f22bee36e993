// Events and histories as sparse matrices of ones.
#pragma once

#include <cstdint>
#include <span>

#include "data/interactions.h"
#include "data/user_state.h"
#include "kernels/csr.h"

namespace haina {

// [users, items]: 1 where the user has an event with the item.
Csr binary_matrix(const Interactions& train);
// The same of the histories of states, [users.size(), num_items]. Items added after the fit are left out.
Csr binary_histories(std::span<const UserState> users, int64_t num_items);

}  // namespace haina
