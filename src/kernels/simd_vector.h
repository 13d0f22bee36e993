// The vector type of the SIMD kernels. For the files that compile_per_isa.h includes only.
#pragma once

#include <cstdint>

#include "kernels/simd_tile.h"

// Vectors never cross a call, since every function that takes one is inlined: their calling convention does not matter.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace haina {
namespace {

typedef float F32x16 __attribute__((vector_size(kLanes * sizeof(float))));

// std::min may be emitted as a shared symbol; see compile_per_isa.h.
HAINA_INLINE int64_t least_of(int64_t a, int64_t b) { return b < a ? b : a; }

}  // namespace
}  // namespace haina
