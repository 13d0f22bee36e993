#include "kernels/ridge.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/simd_dispatch.h"
#include "kernels/simd_tile.h"

namespace haina {
namespace {

// At least `size` floats of the buffer, aligned to a cache line, so that no vector load crosses one.
float* aligned_floats(std::vector<float>& buffer, int64_t size) {
  if (std::ssize(buffer) < size + kLanes) {
    buffer.resize(static_cast<size_t>(size + kLanes));
  }
  constexpr int64_t kLine = kLanes * static_cast<int64_t>(sizeof(float));
  const auto start = static_cast<int64_t>(reinterpret_cast<uintptr_t>(buffer.data()));
  return buffer.data() + (round_up(start, kLine) - start) / static_cast<int64_t>(sizeof(float));
}

}  // namespace

void solve_ridge(std::span<const float> x, int64_t n, std::span<const float> diagonal, std::span<const float> targets,
                 std::span<float> y, RidgeScratch& scratch) {
  const int64_t d = std::ssize(diagonal);
  std::ranges::fill(y, 0.0F);
  if (n == 0) {
    return;
  }
  const int64_t m = std::min(n, d), height = round_up(m, kTile), stride = round_up(m, kLanes);
  RidgeWorkspace work = {
      .matrix = aligned_floats(scratch.matrix, height * stride),
      .columns = aligned_floats(scratch.weighted, n < d || stride != d ? std::max(n, d) * stride : 0),
      .side = aligned_floats(scratch.side, 2 * stride + d),
      .inverse = nullptr,
      .scale = nullptr};
  work.inverse = work.side + stride;
  work.scale = work.inverse + stride;
  std::fill_n(work.side, stride, 0.0F);
  const SimdKernels& kernels = simd_kernels();
  const auto solve = n < d ? kernels.solve_few_rows : kernels.solve_many_rows;
  if (!solve(x.data(), n, d, diagonal.data(), targets.data(), y.data(), work)) {
    std::ranges::fill(y, 0.0F);
  }
}

void ridge_cg(std::span<const float> x, int64_t n, std::span<const float> diagonal, std::span<const float> targets,
              int64_t steps, std::span<float> y, RidgeScratch& scratch) {
  const int64_t d = std::ssize(diagonal);
  if (n == 0) {
    std::ranges::fill(y, 0.0F);
    return;
  }
  const int64_t width = round_up(d, kLanes);
  float* const first = aligned_floats(scratch.side, 4 * width);
  const CgWorkspace work = {
      .residual = first, .scale = first + width, .scaled = first + 2 * width, .direction = first + 3 * width};
  if (!simd_kernels().cg_steps(x.data(), n, d, diagonal.data(), targets.data(), steps, y.data(), work)) {
    std::ranges::fill(y, 0.0F);
  }
}

}  // namespace haina
