// The steps of solve_ridge, included by ridge.cpp once an instruction set, inside a namespace of that set's name. A
// file of its own since GCC cuts vectors wider than a function's own set into pieces before it puts that function into
// another: helpers must be compiled for the set that they run on (target_clones on their caller). No
// include guard: it is meant to come more than once.

HAINA_INLINE Lanes load(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

HAINA_INLINE Lanes load_some(const float* from, int64_t count) {
  if (count >= kLanes) {
    return load(from);
  }
  Lanes lanes = {};
  std::memcpy(&lanes, from, static_cast<size_t>(count) * sizeof(float));
  return lanes;
}

HAINA_INLINE void store(float* to, const Lanes& lanes) { std::memcpy(to, &lanes, sizeof lanes); }

HAINA_INLINE float sum_of(const Lanes& sum) {
  float lanes[kLanes];
  std::memcpy(lanes, &sum, sizeof lanes);
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {  // a fixed tree
    for (int64_t k = 0; k < half; ++k) {
      lanes[k] += lanes[k + half];
    }
  }
  return lanes[0];
}

// tile [kTile, kLanes] becomes Σ over `depth` rows of left[0 .. kTile) right[0 .. kLanes)ᵀ, or loses it; all with row
// stride `stride`.
template <bool kSubtract>
HAINA_INLINE void add_products(float* tile, const float* left, const float* right, int64_t depth, int64_t stride) {
  Lanes sums[kTile];
  for (int64_t i = 0; i < kTile; ++i) {
    sums[i] = kSubtract ? load(tile + i * stride) : Lanes{};
  }
  for (int64_t k = 0; k < depth; ++k) {
    const Lanes columns = load(right + k * stride);
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

// The upper triangle, by whole tiles, of AᵀA. a [depth, stride], zero from column `size` on; out [round_up(size,
// kTile), stride].
HAINA_INLINE void gram_upper(const float* a, int64_t depth, int64_t size, int64_t stride, float* out) {
  for (int64_t row = 0; row < size; row += kTile) {
    for (int64_t column = row / kLanes * kLanes; column < size; column += kLanes) {
      add_products<false>(out + row * stride + column, a + row, a + column, depth, stride);
    }
  }
}

// From the upper triangle of a matrix its factor U with UᵀU = matrix, in place, panels of kTile rows, then z of
// UᵀU z = z. matrix [round_up(size, kTile), stride]; z [round_up(size, kTile)], zero beyond `size`. False where a pivot
// is not above 0.
HAINA_INLINE bool cholesky_solve(float* matrix, int64_t size, int64_t stride, float* z, float* inverse) {
  const int64_t rows = round_up(size, kTile);
  for (int64_t i = size; i < rows; ++i) {  // the identity beside the matrix: it leaves the rest as it is
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
      inverse[i] = 1 / std::sqrt(pivot);
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
    const int64_t whole = std::min(rows, round_up(i + 1, kLanes));
    for (int64_t k = i + 1; k < whole; ++k) {
      known += row[k] * z[k];
    }
    if (whole < rows) {
      Lanes sum = {};
      for (int64_t k = whole; k < rows; k += kLanes) {
        sum += load(row + k) * load_some(z + k, rows - k);
      }
      known += sum_of(sum);
    }
    z[i] = (z[i] - known) * inverse[i];
  }
  return true;
}

// y += Σ_r factors[r] x_r, four rows a pass over y.
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

// One of the four steps of a transposition: blocks of kStep lanes change places with those of the row kStep below.
template <int kStep, int... kLane>
HAINA_INLINE void swap_blocks(Lanes& upper, Lanes& lower, std::integer_sequence<int, kLane...>) {
  const Lanes a = upper, b = lower;
  upper = __builtin_shufflevector(a, b, ((kLane & kStep) != 0 ? kLane - kStep + 16 : kLane)...);
  lower = __builtin_shufflevector(a, b, ((kLane & kStep) != 0 ? kLane + 16 : kLane + kStep)...);
}

template <int kStep>
HAINA_INLINE void swap_all(Lanes* rows) {
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
    const Lanes factor = load_some(scale + k, d - k);
    for (int64_t r = 0; r < stride; r += kLanes) {
      Lanes block[kLanes];
#pragma GCC unroll 16
      for (int64_t i = 0; i < kLanes; ++i) {
        block[i] = r + i < n ? load_some(x + (r + i) * d + k, d - k) * factor : Lanes{};
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

bool solve_few(const float* x, int64_t n, int64_t d, const float* diagonal, const float* targets, float* y,
               const Room& room) {
  // matrix = I + X D⁻¹ Xᵀ
  const int64_t stride = round_up(n, kLanes);
  for (int64_t k = 0; k < d; ++k) {
    room.scale[k] = 1 / std::sqrt(diagonal[k]);
  }
  transpose_scaled(x, n, d, room.scale, room.columns, stride);
  gram_upper(room.columns, d, n, stride, room.matrix);
  for (int64_t r = 0; r < n; ++r) {
    room.matrix[r * stride + r] += 1;
    room.side[r] = targets[r];
  }
  if (!cholesky_solve(room.matrix, n, stride, room.side, room.inverse)) {
    return false;
  }
  add_rows(y, x, room.side, n, d);
  for (int64_t k = 0; k < d; ++k) {
    y[k] = y[k] * room.scale[k] * room.scale[k];
  }
  return true;
}

bool solve_many(const float* x, int64_t n, int64_t d, const float* diagonal, const float* targets, float* y,
                const Room& room) {
  // matrix = D + Xᵀ X
  const int64_t stride = round_up(d, kLanes);
  const float* rows = x;
  if (stride != d) {
    for (int64_t r = 0; r < n; ++r) {
      std::memcpy(room.columns + r * stride, x + r * d, static_cast<size_t>(d) * sizeof(float));
      std::memset(room.columns + r * stride + d, 0, static_cast<size_t>(stride - d) * sizeof(float));
    }
    rows = room.columns;
  }
  gram_upper(rows, n, d, stride, room.matrix);
  for (int64_t i = 0; i < d; ++i) {
    room.matrix[i * stride + i] += diagonal[i];
  }
  add_rows(room.side, x, targets, n, d);
  if (!cholesky_solve(room.matrix, d, stride, room.side, room.inverse)) {
    return false;
  }
  std::memcpy(y, room.side, static_cast<size_t>(d) * sizeof(float));
  return true;
}

// The sums of sixteen rows' lanes, row i's in lane i.
template <int kStep>
HAINA_INLINE void halve(Lanes* rows) {
#pragma GCC unroll 8
  for (int i = 0; i < kLanes / (2 * kStep); ++i) {
    Lanes upper = rows[2 * i], lower = rows[2 * i + 1];
    swap_blocks<kStep>(upper, lower, std::make_integer_sequence<int, kLanes>());
    rows[i] = upper + lower;
  }
}

// out += Xᵀ w with w = X p, or t − X p where `targets` are given, and then squares += the sums of X's squares a column.
// Sixteen rows at a time, which the first cache keeps from the one product to the other.
template <bool kFirst>
HAINA_INLINE void add_normal(const float* x, const float* p, int64_t n, int64_t d, const float* targets, float* out,
                             float* squares) {
  for (int64_t r = 0; r < n; r += kLanes) {
    // Beyond the last row the last again, with weight 0: a branch here would put the sums into memory.
    const int64_t last = n - 1 - r;
    const float* rows[kLanes];
    for (int64_t i = 0; i < kLanes; ++i) {
      rows[i] = x + (r + std::min(i, last)) * d;
    }
    Lanes sums[kLanes] = {};
    for (int64_t k = 0; k < d; k += kLanes) {
      const bool whole = k + kLanes <= d;
      const Lanes factor = whole ? load(p + k) : load_some(p + k, d - k);
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
        weights[i] = targets[r + std::min(i, last)] - weights[i];
      }
      weights[i] *= counts[i];
    }
    for (int64_t k = 0; k < d; k += kLanes) {
      const int64_t some = std::min(d - k, kLanes);
      Lanes sum = {}, odd = {}, square = {};
#pragma GCC unroll 16
      for (int64_t i = 0; i < kLanes; ++i) {
        const Lanes cells = some == kLanes ? load(rows[i] + k) : load_some(rows[i] + k, some);
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
  Lanes sum = {};
  int64_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    sum += load(a + k) * load(b + k);
  }
  if (k < n) {
    sum += load_some(a + k, n - k) * load_some(b + k, n - k);
  }
  return sum_of(sum);
}

inline bool refine(const float* x, int64_t n, int64_t d, const float* diagonal, const float* targets, int64_t steps,
                   float* y, const Search& search) {
  // residual = Xᵀ(t − X y) − D y; Jacobi's scale: the diagonal of D + XᵀX
  for (int64_t k = 0; k < d; ++k) {
    search.residual[k] = -diagonal[k] * y[k];
    search.scale[k] = diagonal[k];
    search.direction[k] = 0;
  }
  add_normal<true>(x, y, n, d, targets, search.residual, search.scale);
  float before = 1;
  for (int64_t step = 0; step < steps; ++step) {
    for (int64_t k = 0; k < d; ++k) {
      search.scaled[k] = search.residual[k] / search.scale[k];
    }
    const float now = dot(search.residual, search.scaled, d);
    if (!(now > 0)) {
      return now == 0;  // solved, or not a number
    }
    const float keep = step == 0 ? 0 : now / before;
    before = now;
    for (int64_t k = 0; k < d; ++k) {
      search.direction[k] = search.scaled[k] + keep * search.direction[k];
      search.scaled[k] = diagonal[k] * search.direction[k];
    }
    add_normal<false>(x, search.direction, n, d, nullptr, search.scaled, nullptr);
    const float curve = dot(search.direction, search.scaled, d);
    if (!(curve > 0)) {
      return curve == 0;
    }
    const float length = now / curve;
    for (int64_t k = 0; k < d; ++k) {
      y[k] += length * search.direction[k];
      search.residual[k] -= length * search.scaled[k];
    }
  }
  return true;
}
