#include "kernels/ridge.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include "kernels/simd_dispatch.h"

namespace haina {
namespace {

struct Room {
  float* matrix;   // [round_up(m, kTile), stride]
  float* columns;  // [max(n, d), stride]
  float* side;     // [round_up(m, kTile)]
  float* inverse;  // [round_up(m, kTile)]
  float* scale;    // [d]
};

struct Search {
  float *residual, *scale, *scaled, *direction;  // [d, rounded up to kLanes]
};

#define HAINA_BODY "kernels/ridge_body.h"
#include "kernels/compile_per_isa.h"

using Solve = bool (*)(const float* x, int64_t n, int64_t d, const float* diagonal, const float* targets, float* y,
                       const Room& room);
using Refine = bool (*)(const float* x, int64_t n, int64_t d, const float* diagonal, const float* targets,
                        int64_t steps, float* y, const Search& search);
struct Solvers {
  Solve few, many;
  Refine refine;
};

// At least `size` floats of the buffer, from the start of a cache line on, so that no load crosses one.
float* room_of(std::vector<float>& buffer, int64_t size) {
  if (std::ssize(buffer) < size + kLanes) {
    buffer.resize(static_cast<size_t>(size + kLanes));
  }
  constexpr int64_t kLine = kLanes * static_cast<int64_t>(sizeof(float));
  const auto start = static_cast<int64_t>(reinterpret_cast<uintptr_t>(buffer.data()));
  return buffer.data() + (round_up(start, kLine) - start) / static_cast<int64_t>(sizeof(float));
}

const Solvers& solvers() {
  static const Solvers chosen = {HAINA_WIDEST(solve_few), HAINA_WIDEST(solve_many), HAINA_WIDEST(refine)};
  return chosen;
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
  Room room = {.matrix = room_of(scratch.matrix, height * stride),
               .columns = room_of(scratch.weighted, n < d || stride != d ? std::max(n, d) * stride : 0),
               .side = room_of(scratch.side, 2 * stride + d),
               .inverse = nullptr,
               .scale = nullptr};
  room.inverse = room.side + stride;
  room.scale = room.inverse + stride;
  std::fill_n(room.side, stride, 0.0F);
  const Solve solve = n < d ? solvers().few : solvers().many;
  if (!solve(x.data(), n, d, diagonal.data(), targets.data(), y.data(), room)) {
    std::ranges::fill(y, 0.0F);
  }
}

void refine_ridge(std::span<const float> x, int64_t n, std::span<const float> diagonal, std::span<const float> targets,
                  int64_t steps, std::span<float> y, RidgeScratch& scratch) {
  const int64_t d = std::ssize(diagonal);
  if (n == 0) {
    std::ranges::fill(y, 0.0F);
    return;
  }
  const int64_t width = round_up(d, kLanes);
  float* const first = room_of(scratch.side, 4 * width);
  const Search search = {
      .residual = first, .scale = first + width, .scaled = first + 2 * width, .direction = first + 3 * width};
  if (!solvers().refine(x.data(), n, d, diagonal.data(), targets.data(), steps, y.data(), search)) {
    std::ranges::fill(y, 0.0F);
  }
}

}  // namespace haina
