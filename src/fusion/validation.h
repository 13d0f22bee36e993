// The one number by which choices are made on validation: mean NDCG@10 over held-out users, seen items excluded.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <span>

#include "data/split.h"

namespace haina {

// score: [users.size(), items] float32. Users in batches of 256.
double validation_ndcg(const std::function<at::Tensor(std::span<const UserState>)>& score, const HeldOut& held);

}  // namespace haina
