// The inner loop of PackedRows::products.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/simd_dispatch.h"
#include "kernels/tile_body.h"

namespace haina {
namespace {

void multiply_panels(const ProductJob& job, int64_t first, int64_t last) {
  for (int64_t row = 0; row < job.count; row += kTile) {
    const int64_t rows = least_of(kTile, job.count - row);
    for (int64_t p = first; p < last; ++p) {
      float tile[kTile * kLanes];
      multiply_tile(job.left + row * job.d, job.panels + p * job.d * kLanes, job.d, job.start + p * kLanes, tile);
      const auto bytes = static_cast<size_t>(least_of(kLanes, job.n - p * kLanes)) * sizeof(float);
      for (int64_t i = 0; i < rows; ++i) {
        std::memcpy(job.out + (row + i) * job.n + p * kLanes, tile + i * kLanes, bytes);
      }
    }
  }
}

}  // namespace
}  // namespace haina
