// Ridge regression of one row against its few observed others, in a basis where the shared Gram matrix is diagonal: the
// inner step of implicit ALS.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace haina {

// Scratch memory of one thread. It grows and never shrinks.
struct RidgeScratch {
  std::vector<float> matrix, side, weighted;
};

// y = (diag(D) + Xᵀ X)⁻¹ Xᵀ t.  x float32 [n, d] row-major   diagonal [d], > 0   targets [n]   y [d], overwritten.
// If n < d: y = D⁻¹ Xᵀ (I + X D⁻¹ Xᵀ)⁻¹ t (the push-through form of Woodbury's identity), n²d + n³/3 multiply-adds;
// otherwise d²n/2 + d³/3. Own code because at:: spends most of the time of such small problems in dispatch and threads.
// Same bits on any thread. Instruction sets are chosen at run time and agree within rounding. d = 64 takes 2.8 us for
// n = 27 and 12 us for n = 165 on one core of Zen 4. If the matrix is not positive definite, y is zero.
void solve_ridge(std::span<const float> x, int64_t n, std::span<const float> diagonal, std::span<const float> targets,
                 std::span<float> y, RidgeScratch& scratch);

// Improves the given y by `steps` of conjugate gradients on the same system, with the diagonal of the matrix as the
// preconditioner; 4·n·d multiply-adds per step. In this basis the shared part costs nothing, so that a few steps from
// the y of the previous sweep replace solve_ridge, which costs n·d·min(n, d). y is zero if n is 0, or if a direction is
// met in which the matrix is not positive.
void ridge_cg(std::span<const float> x, int64_t n, std::span<const float> diagonal, std::span<const float> targets,
              int64_t steps, std::span<float> y, RidgeScratch& scratch);

}  // namespace haina
