// The loops of every instruction set that this machine runs against plain loops in double, at lengths around every
// lane, tile and panel. Needs no libtorch, so that tools/check_arm64 can run it for another processor.
#include "kernels/simd_dispatch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/simd_tile.h"

namespace haina {
namespace {

std::vector<float> random_floats(int64_t count, uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) {
    value = static_cast<float>(static_cast<double>(engine() >> 11) * 0x1p-52 - 1);
  }
  return values;
}

// Row vectors [n, d] as tiles of `height` rows, [ceil(n / height), d, height], with zeros after the last row.
std::vector<float> packed(const std::vector<float>& rows, int64_t n, int64_t d, int64_t height) {
  std::vector<float> tiles(static_cast<size_t>(round_up(n, height) * d), 0);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t c = 0; c < d; ++c) {
      tiles[static_cast<size_t>((i / height * d + c) * height + i % height)] = rows[static_cast<size_t>(i * d + c)];
    }
  }
  return tiles;
}

double product(const std::vector<float>& a, int64_t i, const std::vector<float>& b, int64_t j, int64_t d) {
  double sum = 0;
  for (int64_t c = 0; c < d; ++c) {
    sum +=
        static_cast<double>(a[static_cast<size_t>(i * d + c)]) * static_cast<double>(b[static_cast<size_t>(j * d + c)]);
  }
  return sum;
}

class Simd : public testing::TestWithParam<const SimdKernels*> {};

TEST_P(Simd, ProductsOfPackedRowsEqualAPlainLoop) {
  for (const int64_t d : {0, 1, 7, 64, 100}) {
    for (const int64_t n : {1, 15, 16, 17, 50}) {
      for (const int64_t count : {1, 7, 8, 9}) {
        const auto left = random_floats(count * d, 1), rows = random_floats(n * d, 2);
        const auto start = random_floats(round_up(n, kLanes), 3);
        const auto tiles = packed(left, count, d, kTile), panels = packed(rows, n, d, kLanes);
        std::vector<float> out(static_cast<size_t>(count * n) + 1, 9);
        const ProductJob job = {.left = tiles.data(),
                                .panels = panels.data(),
                                .start = start.data(),
                                .out = out.data(),
                                .count = count,
                                .n = n,
                                .d = d};
        GetParam()->multiply_panels(job, 0, round_up(n, kLanes) / kLanes);
        for (int64_t i = 0; i < count; ++i) {
          for (int64_t j = 0; j < n; ++j) {
            EXPECT_NEAR(out[static_cast<size_t>(i * n + j)],
                        product(left, i, rows, j, d) + static_cast<double>(start[static_cast<size_t>(j)]),
                        1e-6 * static_cast<double>(d + 1))
                << "d " << d << " n " << n << " count " << count;
          }
        }
        EXPECT_EQ(out.back(), 9) << "nothing is written past the end";
      }
    }
  }
}

TEST_P(Simd, ScansReportTheProductsThatAreNotBelowTheFloor) {
  for (const int64_t d : {1, 16, 33}) {
    const int64_t n = 48, panels = n / kLanes;
    const auto queries = random_floats(kTile * d, 4), rows = random_floats(n * d, 5);
    const auto tiles = packed(queries, kTile, d, kTile), packed_rows = packed(rows, n, d, kLanes);
    std::vector<float> floors(kTile, 0.5F);
    floors[3] = std::numeric_limits<float>::quiet_NaN();
    floors[4] = -std::numeric_limits<float>::infinity();
    std::vector<ScanHit> hits(static_cast<size_t>(n * kTile));
    const ScanJob job = {.queries = tiles.data(), .panels = packed_rows.data(), .floors = floors.data(), .d = d};
    hits.resize(static_cast<size_t>(GetParam()->scan_panels(job, 0, panels, hits.data())));
    std::vector<int64_t> found(kTile, 0);
    for (const ScanHit& hit : hits) {
      ++found[static_cast<size_t>(hit.query)];
      EXPECT_NEAR(hit.score, product(queries, hit.query, rows, hit.place, d), 1e-6 * static_cast<double>(d + 1));
      EXPECT_GE(hit.score, floors[static_cast<size_t>(hit.query)]);
    }
    EXPECT_EQ(found[3], 0) << "NaN: no query";
    EXPECT_EQ(found[4], n) << "no floor";
    for (int64_t q = 0; q < kTile; ++q) {
      int64_t expected = 0;
      for (int64_t j = 0; j < n; ++j) {  // no product is so close to .5 that rounding matters
        expected += product(queries, q, rows, j, d) >= static_cast<double>(floors[static_cast<size_t>(q)]) ? 1 : 0;
      }
      EXPECT_EQ(found[static_cast<size_t>(q)], expected) << "query " << q;
    }
  }
}

// Largest residual of (diag(D) + XᵀX) y = Xᵀt, relative to the right side.
double relative_residual(const std::vector<float>& x, int64_t n, int64_t d, const std::vector<float>& diagonal,
                         const std::vector<float>& targets, const std::vector<float>& y) {
  std::vector<double> left(static_cast<size_t>(d)), right(static_cast<size_t>(d), 0);
  for (size_t k = 0; k < left.size(); ++k) {
    left[k] = static_cast<double>(diagonal[k]) * static_cast<double>(y[k]);
  }
  for (int64_t r = 0; r < n; ++r) {
    double predicted = 0;
    for (int64_t k = 0; k < d; ++k) {
      predicted +=
          static_cast<double>(x[static_cast<size_t>(r * d + k)]) * static_cast<double>(y[static_cast<size_t>(k)]);
    }
    for (int64_t k = 0; k < d; ++k) {
      const auto cell = static_cast<double>(x[static_cast<size_t>(r * d + k)]);
      left[static_cast<size_t>(k)] += cell * predicted;
      right[static_cast<size_t>(k)] += cell * static_cast<double>(targets[static_cast<size_t>(r)]);
    }
  }
  double worst = 0, scale = 1e-3;
  for (size_t k = 0; k < left.size(); ++k) {
    worst = std::max(worst, std::abs(left[k] - right[k]));
    scale = std::max(scale, std::abs(right[k]));
  }
  return worst / scale;
}

TEST_P(Simd, RidgeSolutionsSatisfyTheNormalEquations) {
  for (const int64_t d : {1, 15, 16, 17, 33, 64}) {
    for (const int64_t n : {1, 2, 15, 16, 17, 31, 65, 130}) {
      const auto x = random_floats(n * d, 6), targets = random_floats(n, 7);
      std::vector<float> diagonal = random_floats(d, 8), y(static_cast<size_t>(d), 0);
      for (float& value : diagonal) {
        value += 1.5F;
      }
      const int64_t m = std::min(n, d), stride = round_up(m, kLanes), height = round_up(m, kTile);
      std::vector<float> matrix(static_cast<size_t>(height * stride)),
          columns(static_cast<size_t>(std::max(n, d) * stride)), side(static_cast<size_t>(stride), 0),
          inverse(static_cast<size_t>(stride)), scale(static_cast<size_t>(d));
      const RidgeWorkspace work = {matrix.data(), columns.data(), side.data(), inverse.data(), scale.data()};
      const auto solve = n < d ? GetParam()->solve_few_rows : GetParam()->solve_many_rows;
      ASSERT_TRUE(solve(x.data(), n, d, diagonal.data(), targets.data(), y.data(), work));
      EXPECT_LT(relative_residual(x, n, d, diagonal, targets, y), 2e-4) << "n " << n << " d " << d;

      const auto width = static_cast<size_t>(round_up(d, kLanes));
      std::vector<float> a(width), b(width), c(width), e(width), improved(static_cast<size_t>(d), 0);
      ASSERT_TRUE(GetParam()->cg_steps(x.data(), n, d, diagonal.data(), targets.data(), 200, improved.data(),
                                       {a.data(), b.data(), c.data(), e.data()}));
      EXPECT_LT(relative_residual(x, n, d, diagonal, targets, improved), 2e-4) << "n " << n << " d " << d;
    }
  }
}

TEST(SimdDispatch, TheBaselineRunsEverywhereAndTheWidestIsChosen) {
  const auto runnable = runnable_simd_kernels();
  ASSERT_FALSE(runnable.empty());
  EXPECT_EQ(runnable.back()->isa, Isa::kBaseline);
  EXPECT_EQ(&simd_kernels(), runnable.front());
  for (size_t i = 0; i + 1 < runnable.size(); ++i) {
    EXPECT_GT(runnable[i]->isa, runnable[i + 1]->isa);
  }
}

INSTANTIATE_TEST_SUITE_P(Isas, Simd, testing::ValuesIn(runnable_simd_kernels().begin(), runnable_simd_kernels().end()),
                         [](const auto& each) {
                           return std::string(each.param->isa == Isa::kAvx512 ? "avx512"
                                              : each.param->isa == Isa::kAvx2 ? "avx2"
                                                                              : "baseline");
                         });

}  // namespace
}  // namespace haina
