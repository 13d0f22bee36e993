// Least squares of one row against its few observed others, in the basis where the shared Gram matrix is diagonal: the
// inner step of implicit ALS.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace haina {

// Scratch of one thread; grows, never shrinks.
struct RidgeScratch {
  std::vector<float> matrix, side, weighted;
};

// y = (diag(D) + Xᵀ X)⁻¹ Xᵀ t.  x [n, d] float32 row-major   diagonal [d], > 0   targets [n]   y [d], overwritten.
// n < d: y = D⁻¹ Xᵀ (I + X D⁻¹ Xᵀ)⁻¹ t (the push-through form of Woodbury's identity), n²d + n³/3 multiply-adds; else
// d²n/2 + d³/3. Own code because at:: on matrices this small spends its time in dispatch and in threads (bench: see
// docs of the expert `ials`). Same bits for any thread; AVX-512 and AVX2 are chosen at run time and agree within
// rounding. A matrix that is not positive definite (D not > 0) gives zeros.
void solve_ridge(std::span<const float> x, int64_t n, std::span<const float> diagonal, std::span<const float> targets,
                 std::span<float> y, RidgeScratch& scratch);

}  // namespace haina
