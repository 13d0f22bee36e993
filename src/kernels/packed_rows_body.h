// The tiles of Panels, included by panels.cpp once an instruction set, as ridge_body.h is and for the same reason. No
// include guard: it is meant to come more than once.

#include "kernels/tile_body.h"

// The products of rows [0, count) of `left`, tile by tile, with panels [first, last), into out [count, n].
void multiply_panels(const Job& job, int64_t first, int64_t last) {
  for (int64_t row = 0; row < job.count; row += kTile) {
    const int64_t rows = std::min(kTile, job.count - row);
    for (int64_t p = first; p < last; ++p) {
      float tile[kTile * kLanes];
      multiply_tile(job.left + row * job.d, job.panels + p * job.d * kLanes, job.d, job.start + p * kLanes, tile);
      const auto bytes = static_cast<size_t>(std::min(kLanes, job.n - p * kLanes)) * sizeof(float);
      for (int64_t i = 0; i < rows; ++i) {
        std::memcpy(job.out + (row + i) * job.n + p * kLanes, tile + i * kLanes, bytes);
      }
    }
  }
}
