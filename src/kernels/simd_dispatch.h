// What kernels compiled once an instruction set share. To be included last: it changes how what follows is compiled.
// Such a kernel has its steps in a file of their own, HAINA_BODY, and includes kernels/compile_per_isa.h, which brings them
// into the namespaces baseline, avx2 and avx512; widest_set() says which of them this machine runs.
#pragma once

#include <cstdint>

#pragma GCC diagnostic ignored "-Wpsabi"  // no vector crosses a call: all is inlined
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3", "fp-contract=fast")  // a product and its sum are one operation, where the machine has one
#endif

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define HAINA_WIDER
#endif

// What this machine runs of `function` in the three namespaces.
#ifdef HAINA_WIDER
#define HAINA_WIDEST(function) \
  (widest_set() == Set::kAvx512 ? avx512::function : widest_set() == Set::kAvx2 ? avx2::function : baseline::function)
#else
#define HAINA_WIDEST(function) baseline::function
#endif

#define HAINA_INLINE inline __attribute__((always_inline))

namespace haina {
namespace {

// Sixteen lanes whatever the machine has: one register with AVX-512, two with AVX2, four with SSE.
constexpr int64_t kLanes = 16;
typedef float Lanes __attribute__((vector_size(kLanes * sizeof(float))));

// Rows of a tile: eight accumulators hide the latency of a sum, and share each load of a column.
constexpr int64_t kTile = 8;

constexpr int64_t round_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

// Puts a row of d numbers at place i of tiles [tiles, d, kTile].
inline void put_in_tile(const float* row, int64_t d, int64_t i, float* tiles) {
  float* const tile = tiles + i / kTile * kTile * d + i % kTile;
  for (int64_t c = 0; c < d; ++c) {
    tile[c * kTile] = row[c];
  }
}

enum class Set { kBaseline, kAvx2, kAvx512 };

inline Set widest_set() {
#ifdef HAINA_WIDER
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    return Set::kAvx512;
  }
  if (has_avx2) {
    return Set::kAvx2;
  }
#endif
  return Set::kBaseline;
}

}  // namespace
}  // namespace haina
