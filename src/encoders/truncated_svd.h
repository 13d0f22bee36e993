// The strongest directions of a bag: what goes together in texts, who stands together in a network.
#pragma once

#include <ATen/ATen.h>

#include <string>

#include "kernels/csr.h"

namespace haina {

// Right singular vectors of x for its largest singular values by a randomised range finder (Halko, Martinsson and Tropp
// 2011), float32 [columns, at most rank], scaled so that x times them has rows of mean square 1 / rank. Zeros for an
// empty x. Drawn by (seed, purpose).
at::Tensor strongest_directions(const Csr& x, int64_t rank, uint64_t seed, const std::string& purpose);

}  // namespace haina
