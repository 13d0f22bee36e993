// The inner loops of solve_ridge and ridge_cg.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#include "kernels/simd_dispatch.h"
#include "kernels/simd_vector.h"

namespace haina {
namespace {

HAINA_INLINE F32x16 load(const float* from) {
  F32x16 lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

HAINA_INLINE F32x16 load_some(const float* from, int64_t count) {
  if (count >= kLanes) {
    return load(from);
  }
  F32x16 lanes = {};
  std::memcpy(&lanes, from, static_cast<size_t>(count) * sizeof(float));
  return lanes;
}

HAINA_INLINE void store(float* to, const F32x16& lanes) { std::memcpy(to, &lanes, sizeof lanes); }

HAINA_INLINE float sum_of(const F32x16& sum) {
  float lanes[kLanes];
  std::memcpy(lanes, &sum, sizeof lanes);
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {  // a fixed tree
    for (int64_t k = 0; k < half; ++k) {
      lanes[k] += lanes[k + half];
    }
  }
  return lanes[0];
}

// tile [kTile, kLanes] = Σ over `depth` rows of left[0 .. kTile) right[0 .. kLanes)ᵀ, or with kSubtract: tile minus
// that sum. All have row stride `stride`.
template <bool kSubtract>
HAINA_INLINE void add_products(float* tile, const float* left, const float* right, int64_t depth, int64_t stride) {
  F32x16 sums[kTile];
  for (int64_t i = 0; i < kTile; ++i) {
    sums[i] = kSubtract ? load(tile + i * stride) : F32x16{};
  }
  for (int64_t k = 0; k < depth; ++k) {
    const F32x16 columns = load(right + k * stride);
    const float* const rows = left + k * stride;
#pragma GCC unroll 8
    for (int64_t i = 0; i < kTile; ++i) {
      sums[i] = kSubtract ? sums[i] - columns * rows[i] : sums[i] + columns * rows[i];
    }
  }
  for (int64_t i = 0; i < kTile; ++i) {
    store(tile + i * stride, sums[i]);
  }
}

// The tiles of AᵀA that meet its upper triangle. a [depth, stride], zero from column `size` on; out [round_up(size,
// kTile), stride].
HAINA_INLINE void gram_upper(const float* a, int64_t depth, int64_t size, int64_t stride, float* out) {
  for (int64_t row = 0; row < size; row += kTile) {
    for (int64_t column = row / kLanes * kLanes; column < size; column += kLanes) {
      add_products<false>(out + row * stride + column, a + row, a + column, depth, stride);
    }
  }
}

// Cholesky factorization in place, by panels of kTile rows: U with UᵀU = matrix, from the upper triangle. Then solves
// UᵀU z' = z into z. matrix [round_up(size, kTile), stride]; z [round_up(size, kTile)], zero beyond `size`. False if a
// pivot is not above 0.
HAINA_INLINE bool cholesky_solve(float* matrix, int64_t size, int64_t stride, float* z, float* inverse) {
  const int64_t rows = round_up(size, kTile);
  for (int64_t i = size; i < rows; ++i) {  // padding with the identity does not change the solution
    matrix[i * stride + i] = 1;
  }
  for (int64_t panel = 0; panel < rows; panel += kTile) {
    const int64_t first = panel / kLanes * kLanes;
    for (int64_t i = panel; i < panel + kTile; ++i) {
      float* const row = matrix + i * stride;
      for (int64_t above = panel; above < i; ++above) {
        const float* const upper = matrix + above * stride;
        const float factor = upper[i];
        for (int64_t column = first; column < rows; column += kLanes) {
          store(row + column, load(row + column) - load(upper + column) * factor);
        }
        z[i] -= factor * z[above];
      }
      const float pivot = row[i];
      if (!(pivot > 0)) {
        return false;
      }
      inverse[i] = 1 / __builtin_sqrtf(pivot);
      for (int64_t column = first; column < rows; column += kLanes) {
        store(row + column, load(row + column) * inverse[i]);
      }
      z[i] *= inverse[i];
    }
    const float* const upper = matrix + panel * stride;
    for (int64_t row = panel + kTile; row < rows; row += kTile) {
      for (int64_t column = row / kLanes * kLanes; column < rows; column += kLanes) {
        add_products<true>(matrix + row * stride + column, upper + row, upper + column, kTile, stride);
      }
      for (int64_t i = row; i < row + kTile; ++i) {
        for (int64_t k = 0; k < kTile; ++k) {
          z[i] -= upper[k * stride + i] * z[panel + k];
        }
      }
    }
  }
  for (int64_t i = rows - 1; i >= 0; --i) {
    const float* const row = matrix + i * stride;
    float known = 0;
    const int64_t whole = least_of(rows, round_up(i + 1, kLanes));
    for (int64_t k = i + 1; k < whole; ++k) {
      known += row[k] * z[k];
    }
    if (whole < rows) {
      F32x16 sum = {};
      for (int64_t k = whole; k < rows; k += kLanes) {
        sum += load(row + k) * load_some(z + k, rows - k);
      }
      known += sum_of(sum);
    }
    z[i] = (z[i] - known) * inverse[i];
  }
  return true;
}

// y += Σ_r factors[r] x_r, four rows per pass over y.
HAINA_INLINE void add_rows(float* y, const float* x, const float* factors, int64_t n, int64_t d) {
  int64_t r = 0;
  for (; r + 4 <= n; r += 4) {
    const float* const x0 = x + r * d;
    const float a = factors[r], b = factors[r + 1], c = factors[r + 2], e = factors[r + 3];
    int64_t k = 0;
    for (; k + kLanes <= d; k += kLanes) {
      store(y + k, load(y + k) + ((load(x0 + k) * a + load(x0 + d + k) * b) +
                                  (load(x0 + 2 * d + k) * c + load(x0 + 3 * d + k) * e)));
    }
    for (; k < d; ++k) {
      y[k] += (x0[k] * a + x0[d + k] * b) + (x0[2 * d + k] * c + x0[3 * d + k] * e);
    }
  }
  for (; r < n; ++r) {
    for (int64_t k = 0; k < d; ++k) {
      y[k] += factors[r] * x[r * d + k];
    }
  }
}

// One of the four steps of a 16 x 16 transposition: exchanges blocks of kStep lanes with the row kStep below.
template <int kStep, int... kLane>
HAINA_INLINE void swap_blocks(F32x16& upper, F32x16& lower, std::integer_sequence<int, kLane...>) {
  const F32x16 a = upper, b = lower;
  upper = __builtin_shufflevector(a, b, ((kLane & kStep) != 0 ? kLane - kStep + 16 : kLane)...);
  lower = __builtin_shufflevector(a, b, ((kLane & kStep) != 0 ? kLane + 16 : kLane + kStep)...);
}

template <int kStep>
HAINA_INLINE void swap_all(F32x16* rows) {
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) {
    if ((i & kStep) == 0) {
      swap_blocks<kStep>(rows[i], rows[i + kStep], std::make_integer_sequence<int, kLanes>());
    }
  }
}

// out [d, stride] = (X S)ᵀ with S = diag(scale); zero from column n on.
HAINA_INLINE void transpose_scaled(const float* x, int64_t n, int64_t d, const float* scale, float* out,
                                   int64_t stride) {
  for (int64_t k = 0; k < d; k += kLanes) {
    const F32x16 factor = load_some(scale + k, d - k);
    for (int64_t r = 0; r < stride; r += kLanes) {
      F32x16 block[kLanes];
#pragma GCC unroll 16
      for (int64_t i = 0; i < kLanes; ++i) {
        block[i] = r + i < n ? load_some(x + (r + i) * d + k, d - k) * factor : F32x16{};
      }
      swap_all<1>(block);
      swap_all<2>(block);
      swap_all<4>(block);
      swap_all<8>(block);
#pragma GCC unroll 16
      for (int64_t i = 0; i < kLanes; ++i) {
        if (k + i < d) {
          store(out + (k + i) * stride + r, block[i]);
        }
      }
    }
  }
}

bool solve_few_rows(const float* x, int64_t n, int64_t d, const float* diagonal, const float* targets, float* y,
                    const RidgeWorkspace& work) {
  // matrix = I + X D⁻¹ Xᵀ
  const int64_t stride = round_up(n, kLanes);
  for (int64_t k = 0; k < d; ++k) {
    work.scale[k] = 1 / __builtin_sqrtf(diagonal[k]);
  }
  transpose_scaled(x, n, d, work.scale, work.columns, stride);
  gram_upper(work.columns, d, n, stride, work.matrix);
  for (int64_t r = 0; r < n; ++r) {
    work.matrix[r * stride + r] += 1;
    work.side[r] = targets[r];
  }
  if (!cholesky_solve(work.matrix, n, stride, work.side, work.inverse)) {
    return false;
  }
  add_rows(y, x, work.side, n, d);
  for (int64_t k = 0; k < d; ++k) {
    y[k] = y[k] * work.scale[k] * work.scale[k];
  }
  return true;
}

bool solve_many_rows(const float* x, int64_t n, int64_t d, const float* diagonal, const float* targets, float* y,
                     const RidgeWorkspace& work) {
  // matrix = D + Xᵀ X
  const int64_t stride = round_up(d, kLanes);
  const float* rows = x;
  if (stride != d) {
    for (int64_t r = 0; r < n; ++r) {
      std::memcpy(work.columns + r * stride, x + r * d, static_cast<size_t>(d) * sizeof(float));
      std::memset(work.columns + r * stride + d, 0, static_cast<size_t>(stride - d) * sizeof(float));
    }
    rows = work.columns;
  }
  gram_upper(rows, n, d, stride, work.matrix);
  for (int64_t i = 0; i < d; ++i) {
    work.matrix[i * stride + i] += diagonal[i];
  }
  add_rows(work.side, x, targets, n, d);
  if (!cholesky_solve(work.matrix, d, stride, work.side, work.inverse)) {
    return false;
  }
  std::memcpy(y, work.side, static_cast<size_t>(d) * sizeof(float));
  return true;
}

// One of the four steps that sum the lanes of 16 rows: after all, lane i of rows[0] holds the sum of row i.
template <int kStep>
HAINA_INLINE void halve(F32x16* rows) {
#pragma GCC unroll 8
  for (int i = 0; i < kLanes / (2 * kStep); ++i) {
    F32x16 upper = rows[2 * i], lower = rows[2 * i + 1];
    swap_blocks<kStep>(upper, lower, std::make_integer_sequence<int, kLanes>());
    rows[i] = upper + lower;
  }
}

// out += Xᵀ w with w = X p; with kFirst: w = t − X p, and squares += the sum of squares of each column of X. Works on
// 16 rows at a time, which stay in the first-level cache between the two products.
template <bool kFirst>
HAINA_INLINE void add_normal(const float* x, const float* p, int64_t n, int64_t d, const float* targets, float* out,
                             float* squares) {
  for (int64_t r = 0; r < n; r += kLanes) {
    // Past the end the last row is repeated with weight 0: a branch here would spill the sums to memory.
    const int64_t last = n - 1 - r;
    const float* rows[kLanes];
    for (int64_t i = 0; i < kLanes; ++i) {
      rows[i] = x + (r + least_of(i, last)) * d;
    }
    F32x16 sums[kLanes] = {};
    for (int64_t k = 0; k < d; k += kLanes) {
      const bool whole = k + kLanes <= d;
      const F32x16 factor = whole ? load(p + k) : load_some(p + k, d - k);
      if (whole) {
#pragma GCC unroll 16
        for (int64_t i = 0; i < kLanes; ++i) {
          sums[i] += load(rows[i] + k) * factor;
        }
      } else {
#pragma GCC unroll 16
        for (int64_t i = 0; i < kLanes; ++i) {
          sums[i] += load_some(rows[i] + k, d - k) * factor;
        }
      }
    }
    halve<1>(sums);
    halve<2>(sums);
    halve<4>(sums);
    halve<8>(sums);
    float weights[kLanes], counts[kLanes];
    store(weights, sums[0]);
    for (int64_t i = 0; i < kLanes; ++i) {
      counts[i] = i <= last ? 1 : 0;
      if (kFirst) {
        weights[i] = targets[r + least_of(i, last)] - weights[i];
      }
      weights[i] *= counts[i];
    }
    for (int64_t k = 0; k < d; k += kLanes) {
      const int64_t some = least_of(d - k, kLanes);
      F32x16 sum = {}, odd = {}, square = {};
#pragma GCC unroll 16
      for (int64_t i = 0; i < kLanes; ++i) {
        const F32x16 cells = some == kLanes ? load(rows[i] + k) : load_some(rows[i] + k, some);
        (i % 2 == 0 ? sum : odd) += cells * weights[i];
        if (kFirst) {
          square += cells * cells * counts[i];
        }
      }
      store(out + k, load(out + k) + (sum + odd));
      if (kFirst) {
        store(squares + k, load(squares + k) + square);
      }
    }
  }
}

HAINA_INLINE float dot(const float* a, const float* b, int64_t n) {
  F32x16 sum = {};
  int64_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    sum += load(a + k) * load(b + k);
  }
  if (k < n) {
    sum += load_some(a + k, n - k) * load_some(b + k, n - k);
  }
  return sum_of(sum);
}

bool cg_steps(const float* x, int64_t n, int64_t d, const float* diagonal, const float* targets, int64_t steps,
              float* y, const CgWorkspace& work) {
  // residual = Xᵀ(t − X y) − D y; scale, the Jacobi preconditioner, is the diagonal of D + XᵀX
  for (int64_t k = 0; k < d; ++k) {
    work.residual[k] = -diagonal[k] * y[k];
    work.scale[k] = diagonal[k];
    work.direction[k] = 0;
  }
  add_normal<true>(x, y, n, d, targets, work.residual, work.scale);
  float before = 1;
  for (int64_t step = 0; step < steps; ++step) {
    for (int64_t k = 0; k < d; ++k) {
      work.scaled[k] = work.residual[k] / work.scale[k];
    }
    const float now = dot(work.residual, work.scaled, d);
    if (!(now > 0)) {
      return now == 0;  // solved, or NaN
    }
    const float keep = step == 0 ? 0 : now / before;
    before = now;
    for (int64_t k = 0; k < d; ++k) {
      work.direction[k] = work.scaled[k] + keep * work.direction[k];
      work.scaled[k] = diagonal[k] * work.direction[k];
    }
    add_normal<false>(x, work.direction, n, d, nullptr, work.scaled, nullptr);
    const float curve = dot(work.direction, work.scaled, d);
    if (!(curve > 0)) {
      return curve == 0;
    }
    const float length = now / curve;
    for (int64_t k = 0; k < d; ++k) {
      y[k] += length * work.direction[k];
      work.residual[k] -= length * work.scaled[k];
    }
  }
  return true;
}

}  // namespace
}  // namespace haina
