// Dropout with a mask from a counter and a hash, which is parallel: sequential Bernoulli draws took a tenth of a step.
#pragma once

#include <ATen/core/Tensor.h>

#include "base/seed.h"

namespace haina {

// Sets each element to 0 with probability `share` and divides the others by 1 - share. A call takes one number from
// `random`, so the same stream gives the same mask for any number of threads. A GPU gives another mask, from its own
// generator.
at::Tensor dropout(const at::Tensor& x, double share, RandomStream& random);

}  // namespace haina
