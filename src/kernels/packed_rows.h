// A matrix packed once for many products with row vectors. BLAS packs its operand again for every batch of users, and
// on some machines it picks a kernel below the widest instruction set: at 64 factors that was most of the time of a
// list.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace haina {

class PackedRows {
 public:
  PackedRows() = default;
  // rows: float32 [n, d], copied.
  explicit PackedRows(const at::Tensor& rows);
  int64_t size() const { return n_; }
  int64_t width() const { return d_; }
  // [panels, d, 16]: element c of 16 rows side by side; zeros after the last row.
  const float* packed() const { return packed_.data(); }
  // left·rowsᵀ + bias -> float32 [B, n]; left float32 [B, d], bias float32 [n] or undefined. Parallel over rows of
  // `left`. A row gets the same bits in any batch and for any number of threads.
  at::Tensor products(const at::Tensor& left, const at::Tensor& bias = {}) const;

 private:
  int64_t n_ = 0, d_ = 0;
  std::vector<float> packed_;
};

}  // namespace haina
