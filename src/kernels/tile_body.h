// One tile of products, included by the bodies of panels.cpp and search.cpp, so that both give the same bits. No
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
