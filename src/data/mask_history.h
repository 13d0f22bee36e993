// Recommendation lists leave out what a user already has: these functions remove the history before items are ranked.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "data/user_state.h"
#include "kernels/topk.h"

namespace haina {

// Sets the score of every item of a user's history to -inf. scores: float32 [users.size(), items], contiguous, changed
// in place. Items of the history beyond the columns are ignored.
void mask_history(at::Tensor& scores, std::span<const UserState> users);
// The k best items of each row outside the user's history. scores: float32 [users.size(), items], not changed.
RankedLists top_k_unseen(const at::Tensor& scores, std::span<const UserState> users, int64_t k);

}  // namespace haina
