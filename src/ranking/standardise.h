// Scores of different models are made comparable per user before they are added.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace haina {

// Each row minus its mean, over its standard deviation; computed in double. A constant row becomes zeros: it ranks
// nothing. float32 [B, items] -> float32 [B, items]. trained: mean and deviation are those of the first so many items,
// so that items added since training, and removed again, move no other item's score; 0: of all items.
at::Tensor standardise(const at::Tensor& scores, int64_t trained = 0);

}  // namespace haina
