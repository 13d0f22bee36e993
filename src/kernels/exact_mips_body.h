// The scan of ProductSearch, included by search.cpp once an instruction set. No include guard: it is meant to come more
// than once.

#include "kernels/tile_body.h"

// What of the products of eight queries with panels [first, last) is not below the query's floor, into `hits`; how
// many.
int64_t scan_panels(const Scan& scan, int64_t first, int64_t last, Hit* hits) {
  constexpr float kZeros[kLanes] = {};
  int64_t count = 0;
  for (int64_t p = first; p < last; ++p) {
    float tile[kTile * kLanes];
    multiply_tile(scan.queries, scan.panels + p * scan.d * kLanes, scan.d, kZeros, tile);
    for (int64_t i = 0; i < kTile; ++i) {
      const float* const products = tile + i * kLanes;
      int32_t above = 0;
      for (int64_t lane = 0; lane < kLanes; ++lane) {
        above |= products[lane] >= scan.floors[i] ? 1 << lane : 0;
      }
      for (; above != 0; above &= above - 1) {
        const int32_t lane = __builtin_ctz(static_cast<uint32_t>(above));
        hits[count++] = {static_cast<int32_t>(i), static_cast<int32_t>(p * kLanes) + lane, products[lane]};
      }
    }
  }
  return count;
}
