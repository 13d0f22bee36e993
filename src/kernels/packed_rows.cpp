#include "kernels/packed_rows.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "kernels/simd_dispatch.h"
#include "kernels/simd_tile.h"

namespace haina {
namespace {

constexpr int64_t kRowBlock = 128;           // rows of `left` that use a panel while it is in cache
constexpr int64_t kCached = 256 * 1024 / 4;  // floats of panels that stay in the second-level cache

}  // namespace

PackedRows::PackedRows(const at::Tensor& rows) : n_(rows.size(0)), d_(rows.size(1)) {
  HAINA_ASSERT(rows.dim() == 2 && rows.scalar_type() == at::kFloat);
  const at::Tensor from = rows.contiguous();
  packed_.assign(static_cast<size_t>(round_up(n_, kLanes) * d_), 0);
  const float* const in = from.const_data_ptr<float>();
  float* const out = packed_.data();
  at::parallel_for(0, n_, 1024, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* const panel = out + i / kLanes * d_ * kLanes + i % kLanes;
      for (int64_t c = 0; c < d_; ++c) {
        panel[c * kLanes] = in[i * d_ + c];
      }
    }
  });
}

at::Tensor PackedRows::products(const at::Tensor& left, const at::Tensor& bias) const {
  HAINA_ASSERT(left.dim() == 2 && left.size(1) == d_ && left.scalar_type() == at::kFloat);
  HAINA_ASSERT(!bias.defined() || (bias.size(0) == n_ && bias.scalar_type() == at::kFloat));
  const at::Tensor in = left.contiguous();
  at::Tensor result = at::empty({left.size(0), n_}, at::kFloat);
  const int64_t panels = round_up(n_, kLanes) / kLanes;
  std::vector<float> start(static_cast<size_t>(panels * kLanes), 0);
  if (bias.defined()) {
    const at::Tensor given = bias.contiguous();
    std::copy_n(given.const_data_ptr<float>(), n_, start.begin());
  }
  const int64_t step = std::max<int64_t>(1, kCached / std::max<int64_t>(1, d_ * kLanes));
  at::parallel_for(0, left.size(0), kTile, [&](int64_t begin, int64_t end) {
    std::vector<float> packed(static_cast<size_t>(kRowBlock * d_));
    for (int64_t row = begin; row < end; row += kRowBlock) {
      const int64_t count = std::min(kRowBlock, end - row);
      std::fill(packed.begin(), packed.end(), 0.0F);
      for (int64_t i = 0; i < count; ++i) {
        put_in_tile(in.const_data_ptr<float>() + (row + i) * d_, d_, i, packed.data());
      }
      const ProductJob job = {.left = packed.data(),
                              .panels = packed_.data(),
                              .start = start.data(),
                              .out = result.data_ptr<float>() + row * n_,
                              .count = count,
                              .n = n_,
                              .d = d_};
      for (int64_t p = 0; p < panels; p += step) {
        simd_kernels().multiply_panels(job, p, std::min(p + step, panels));
      }
    }
  });
  return result;
}

}  // namespace haina
