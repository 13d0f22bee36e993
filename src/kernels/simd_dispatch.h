// The inner loops that are compiled once per instruction set, and the choice between them at run time.
//
// simd_baseline.cpp, simd_avx2.cpp and simd_avx512.cpp include the same loops (compile_per_isa.h) and differ in their
// compiler options alone, which src/CMakeLists.txt sets. The loops use the vector extension that GCC and Clang share,
// so the baseline is SSE4.2 on x86-64 and NEON on arm64. Nothing here needs libtorch.
#pragma once

#include <cstdint>
#include <span>

namespace haina {

enum class Isa { kBaseline, kAvx2, kAvx512 };

// Scratch of one ridge regression with m = min(rows, d); strides are m rounded up to kLanes.
struct RidgeWorkspace {
  float* matrix;   // [m rounded up to kTile, stride]
  float* columns;  // [max(rows, d), stride]
  float* side;     // [m rounded up to kTile], zeros
  float* inverse;  // [m rounded up to kTile]
  float* scale;    // [d]
};

// Scratch of the conjugate gradients; each [d rounded up to kLanes].
struct CgWorkspace {
  float *residual, *scale, *scaled, *direction;
};

// Products of packed rows (see packed_rows.h).
struct ProductJob {
  const float* left;    // [count / kTile, d, kTile], zeros after the last row
  const float* panels;  // [panels, d, kLanes]
  const float* start;   // [panels * kLanes], added to every row
  float* out;           // [count, n]
  int64_t count, n, d;
};

// The search of one tile of queries (see exact_mips.h).
struct ScanJob {
  const float* queries;  // [d, kTile]
  const float* panels;   // [panels, d, kLanes]
  const float* floors;   // [kTile]; NaN: no query there
  int64_t d;
};

struct ScanHit {
  int32_t query, place;  // of the tile; of the packed rows
  float score;
};

struct SimdKernels {
  Isa isa;
  // The two forms of solve_ridge, for fewer rows than columns and for others. False if the matrix is not positive
  // definite.
  using SolveRidge = bool (*)(const float* x, int64_t n, int64_t d, const float* diagonal, const float* targets,
                              float* y, const RidgeWorkspace& work);
  SolveRidge solve_few_rows, solve_many_rows;
  // The steps of ridge_cg. False if a direction is met in which the matrix is not positive.
  bool (*cg_steps)(const float* x, int64_t n, int64_t d, const float* diagonal, const float* targets, int64_t steps,
                   float* y, const CgWorkspace& work);
  // The products of all rows of job.left with panels [first, last).
  void (*multiply_panels)(const ProductJob& job, int64_t first, int64_t last);
  // Writes the products of panels [first, last) that are not below their query's floor to `hits` and returns their
  // number, at most (last - first) * kLanes * kTile.
  int64_t (*scan_panels)(const ScanJob& job, int64_t first, int64_t last, ScanHit* hits);
};

// The kernels that this machine can run, widest first; never empty.
std::span<const SimdKernels* const> runnable_simd_kernels();
// The widest of them. Results agree between instruction sets within rounding, not to the bit.
inline const SimdKernels& simd_kernels() { return *runnable_simd_kernels().front(); }

extern const SimdKernels kBaselineKernels;
#if defined(__x86_64__)
extern const SimdKernels kAvx2Kernels, kAvx512Kernels;
#endif

}  // namespace haina
