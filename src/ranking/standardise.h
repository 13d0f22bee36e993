// Scores of different models are made comparable per user before they are added.
#pragma once

#include <ATen/core/Tensor.h>

namespace haina {

// Each row minus its mean, over its standard deviation; computed in double. A constant row becomes zeros: it ranks
// nothing. float32 [B, items] -> float32 [B, items]
at::Tensor standardise(const at::Tensor& scores);

}  // namespace haina
