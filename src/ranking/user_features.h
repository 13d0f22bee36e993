// What the ranker may know of a user besides scores: how much history there is and how old it is.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "data/user_state.h"

namespace haina {

// log(1 + history length); 1 without a history, else 0; log(1 + days since the last event), 0 where unknown.
inline constexpr int64_t kUserFeatures = 3;
// float32 [users.size(), kUserFeatures]
at::Tensor user_features_of(std::span<const UserState> users);

}  // namespace haina
