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
// rounding. d 64: n 27 in 2.8 us, n 165 in 12 us on one core of Zen 4. A matrix that is not positive definite (D not >
// 0) gives zeros.
void solve_ridge(std::span<const float> x, int64_t n, std::span<const float> diagonal, std::span<const float> targets,
                 std::span<float> y, RidgeScratch& scratch);

// The same system, approached from the y given: `steps` of conjugate gradients, scaled by the diagonal of the matrix,
// 4·n·d multiply-adds each. In this basis the shared part costs nothing, so that a few steps from the last sweep's y do
// what solve_ridge does in n·min(n, d)·d. Zeros where n is 0, or where a step meets a direction in which the matrix is
// not positive.
void refine_ridge(std::span<const float> x, int64_t n, std::span<const float> diagonal, std::span<const float> targets,
                  int64_t steps, std::span<float> y, RidgeScratch& scratch);

}  // namespace haina
