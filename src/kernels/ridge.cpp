#include "kernels/ridge.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace haina {
namespace {

// Sixteen lanes whatever the machine has: one register with AVX-512, two with AVX2, four with SSE.
constexpr int64_t kLanes = 16;
typedef float Lanes __attribute__((vector_size(kLanes * sizeof(float))));

#define HAINA_INLINE inline __attribute__((always_inline))
#if defined(__clang__) || defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define HAINA_CLONES  // ifunc resolvers run before a sanitizer is ready
#else
#define HAINA_CLONES __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#endif

HAINA_INLINE float dot(const float* a, const float* b, int64_t n) {
  Lanes first = {}, second = {};
  int64_t i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
    Lanes x, y, z, w;
    std::memcpy(&x, a + i, sizeof x);
    std::memcpy(&y, b + i, sizeof y);
    std::memcpy(&z, a + i + kLanes, sizeof z);
    std::memcpy(&w, b + i + kLanes, sizeof w);
    first += x * y;
    second += z * w;
  }
  if (i + kLanes <= n) {
    Lanes x, y;
    std::memcpy(&x, a + i, sizeof x);
    std::memcpy(&y, b + i, sizeof y);
    first += x * y;
    i += kLanes;
  }
  first += second;
  float lanes[kLanes];
  std::memcpy(lanes, &first, sizeof lanes);
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {  // a fixed tree
    for (int64_t k = 0; k < half; ++k) {
      lanes[k] += lanes[k + half];
    }
  }
  float sum = lanes[0];
  for (; i < n; ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

// out += factor * in
HAINA_INLINE void add_scaled(float* out, const float* in, float factor, int64_t n) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    Lanes x, y;
    std::memcpy(&x, out + i, sizeof x);
    std::memcpy(&y, in + i, sizeof y);
    x += y * factor;
    std::memcpy(out + i, &x, sizeof x);
  }
  for (; i < n; ++i) {
    out[i] += factor * in[i];
  }
}

// Lower Cholesky factor in place (row-major, leading dimension m), then L Lᵀ z = z. False where a pivot is not above 0.
HAINA_INLINE bool cholesky_solve(float* matrix, int64_t m, float* z) {
  for (int64_t i = 0; i < m; ++i) {
    float* const row = matrix + i * m;
    for (int64_t j = 0; j < i; ++j) {
      row[j] = (row[j] - dot(row, matrix + j * m, j)) / matrix[j * m + j];
    }
    const float pivot = row[i] - dot(row, row, i);
    if (!(pivot > 0)) {
      return false;
    }
    row[i] = std::sqrt(pivot);
    z[i] = (z[i] - dot(row, z, i)) / row[i];
  }
  for (int64_t i = m - 1; i >= 0; --i) {
    z[i] /= matrix[i * m + i];
    add_scaled(z, matrix + i * m, -z[i], i);
  }
  return true;
}

HAINA_CLONES bool solve_few(const float* x, int64_t n, int64_t d, const float* diagonal, const float* targets, float* y,
                            float* matrix, float* side, float* weighted) {
  // weighted = X D⁻¹; matrix = I + weighted Xᵀ
  for (int64_t r = 0; r < n; ++r) {
    for (int64_t k = 0; k < d; ++k) {
      weighted[r * d + k] = x[r * d + k] / diagonal[k];
    }
    for (int64_t c = 0; c <= r; ++c) {
      matrix[r * n + c] = dot(weighted + r * d, x + c * d, d);
    }
    matrix[r * n + r] += 1;
    side[r] = targets[r];
  }
  if (!cholesky_solve(matrix, n, side)) {
    return false;
  }
  for (int64_t r = 0; r < n; ++r) {
    add_scaled(y, weighted + r * d, side[r], d);
  }
  return true;
}

HAINA_CLONES bool solve_many(const float* x, int64_t n, int64_t d, const float* diagonal, const float* targets,
                             float* y, float* matrix) {
  std::memset(matrix, 0, static_cast<size_t>(d * d) * sizeof(float));
  int64_t r = 0;
  for (; r + 4 <= n; r += 4) {  // four observations a pass over the triangle: a quarter of the loads and stores
    const float* const x0 = x + r * d;
    const float* const x1 = x0 + d;
    const float* const x2 = x1 + d;
    const float* const x3 = x2 + d;
    for (int64_t i = 0; i < d; ++i) {
      float* const row = matrix + i * d;
      const float a = x0[i], b = x1[i], c = x2[i], e = x3[i];
      int64_t k = 0;
      for (; k + kLanes <= i + 1; k += kLanes) {
        Lanes sum, p, q, s, t;
        std::memcpy(&sum, row + k, sizeof sum);
        std::memcpy(&p, x0 + k, sizeof p);
        std::memcpy(&q, x1 + k, sizeof q);
        std::memcpy(&s, x2 + k, sizeof s);
        std::memcpy(&t, x3 + k, sizeof t);
        sum += (p * a + q * b) + (s * c + t * e);
        std::memcpy(row + k, &sum, sizeof sum);
      }
      for (; k <= i; ++k) {
        row[k] += (x0[k] * a + x1[k] * b) + (x2[k] * c + x3[k] * e);
      }
    }
  }
  for (; r < n; ++r) {
    for (int64_t i = 0; i < d; ++i) {
      add_scaled(matrix + i * d, x + r * d, x[r * d + i], i + 1);
    }
  }
  for (r = 0; r < n; ++r) {
    add_scaled(y, x + r * d, targets[r], d);
  }
  for (int64_t i = 0; i < d; ++i) {
    matrix[i * d + i] += diagonal[i];
  }
  return cholesky_solve(matrix, d, y);
}

}  // namespace

void solve_ridge(std::span<const float> x, int64_t n, std::span<const float> diagonal, std::span<const float> targets,
                 std::span<float> y, RidgeScratch& scratch) {
  const int64_t d = std::ssize(diagonal);
  std::ranges::fill(y, 0.0F);
  if (n == 0) {
    return;
  }
  const auto room = [](std::vector<float>& buffer, int64_t size) {
    if (std::ssize(buffer) < size) {
      buffer.resize(static_cast<size_t>(size));
    }
    return buffer.data();
  };
  const int64_t m = std::min(n, d);
  float* const matrix = room(scratch.matrix, m * m);
  bool solved = false;
  if (n < d) {
    float* const side = room(scratch.side, n);
    float* const weighted = room(scratch.weighted, n * d);
    solved = solve_few(x.data(), n, d, diagonal.data(), targets.data(), y.data(), matrix, side, weighted);
  } else {
    solved = solve_many(x.data(), n, d, diagonal.data(), targets.data(), y.data(), matrix);
  }
  if (!solved) {
    std::ranges::fill(y, 0.0F);
  }
}

}  // namespace haina
