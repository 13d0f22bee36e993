// The basis of the strongest directions of a bag: words that occur together, users with the same ties.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "kernels/csr.h"

namespace haina {

// float32 [cols, at most rank]: right singular vectors of x for its largest singular values, scaled so that the rows of
// x times them have a mean square of 1 / rank. Zeros for an empty x. Random draws depend on (seed, purpose).
at::Tensor svd_projection(const Csr& x, int64_t rank, uint64_t seed, const std::string& purpose);

}  // namespace haina
