// Layout that all SIMD kernels share: vectors of 16 floats, and tiles of 8 rows.
#pragma once

#include <cstdint>

// Functions in headers that are compiled once per instruction set must not be emitted as shared symbols: the linker
// would keep one copy of any instruction set, and an older processor could then run it.
#define HAINA_INLINE inline __attribute__((always_inline))

namespace haina {

// 16 lanes on every machine: one register with AVX-512, two with AVX2, four with SSE or NEON.
constexpr int64_t kLanes = 16;
// Rows of a tile: eight accumulators hide the latency of an addition and share each load of a column.
constexpr int64_t kTile = 8;

HAINA_INLINE constexpr int64_t round_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

// Writes a row of d numbers to place i of tiles [tiles, d, kTile].
HAINA_INLINE void put_in_tile(const float* row, int64_t d, int64_t i, float* tiles) {
  float* const tile = tiles + i / kTile * kTile * d + i % kTile;
  for (int64_t c = 0; c < d; ++c) {
    tile[c * kTile] = row[c];
  }
}

}  // namespace haina
