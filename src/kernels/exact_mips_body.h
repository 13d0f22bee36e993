// The inner loop of ExactMips::top.
#pragma once

#include <cstdint>

#include "kernels/simd_dispatch.h"
#include "kernels/tile_body.h"

namespace haina {
namespace {

int64_t scan_panels(const ScanJob& job, int64_t first, int64_t last, ScanHit* hits) {
  constexpr float kZeros[kLanes] = {};
  int64_t count = 0;
  for (int64_t p = first; p < last; ++p) {
    float tile[kTile * kLanes];
    multiply_tile(job.queries, job.panels + p * job.d * kLanes, job.d, kZeros, tile);
    for (int64_t i = 0; i < kTile; ++i) {
      const float* const products = tile + i * kLanes;
      int32_t above = 0;
      for (int64_t lane = 0; lane < kLanes; ++lane) {
        above |= products[lane] >= job.floors[i] ? 1 << lane : 0;
      }
      for (; above != 0; above &= above - 1) {
        const int32_t lane = __builtin_ctz(static_cast<uint32_t>(above));
        hits[count++] = {static_cast<int32_t>(i), static_cast<int32_t>(p * kLanes) + lane, products[lane]};
      }
    }
  }
  return count;
}

}  // namespace
}  // namespace haina
