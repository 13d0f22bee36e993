// Dropout whose mask is drawn by a counter and a hash: Bernoulli draws one after another took a tenth of a step.
#pragma once

#include <ATen/ATen.h>

#include "base/seed.h"

namespace haina {

// x with each number 0 with chance `share`, else divided by 1 - share. One draw of `random` a call, so that the same
// stream gives the same mask for any number of threads; on a GPU another, by its own counter.
at::Tensor dropout(const at::Tensor& x, double share, RandomStream& random);

}  // namespace haina
