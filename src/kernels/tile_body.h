// One tile of products. PackedRows and ExactMips both use it, so that they give the same bits.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/simd_vector.h"

namespace haina {
namespace {

// out [kTile, kLanes] = start + Σ_c left[c] panel[c]ᵀ; left [d, kTile], panel [d, kLanes], start [kLanes].
HAINA_INLINE void multiply_tile(const float* left, const float* panel, int64_t d, const float* start, float* out) {
  F32x16 sums[kTile];
  F32x16 first;
  std::memcpy(&first, start, sizeof first);
  for (int64_t i = 0; i < kTile; ++i) {
    sums[i] = first;
  }
  for (int64_t c = 0; c < d; ++c) {
    F32x16 column;
    std::memcpy(&column, panel + c * kLanes, sizeof column);
    const float* const rows = left + c * kTile;
#pragma GCC unroll 8
    for (int64_t i = 0; i < kTile; ++i) {
      sums[i] = sums[i] + column * rows[i];
    }
  }
  for (int64_t i = 0; i < kTile; ++i) {
    std::memcpy(out + i * kLanes, &sums[i], sizeof sums[i]);
  }
}

}  // namespace
}  // namespace haina
