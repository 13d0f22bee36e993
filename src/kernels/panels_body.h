// The tiles of Panels, included by panels.cpp once an instruction set, as ridge_body.h is and for the same reason. No
// include guard: it is meant to come more than once.

// out [kTile, 16] = start + Σ_c left[c] panel[c]ᵀ; left [d, kTile], panel [d, 16].
HAINA_INLINE void multiply_tile(const float* left, const float* panel, int64_t d, const float* start, float* out) {
  Lanes sums[kTile];
  Lanes first;
  std::memcpy(&first, start, sizeof first);
  for (int64_t i = 0; i < kTile; ++i) {
    sums[i] = first;
  }
  for (int64_t c = 0; c < d; ++c) {
    Lanes column;
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
