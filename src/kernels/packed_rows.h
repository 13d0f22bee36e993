// Row vectors laid out once for products with many others. BLAS lays its operand out anew for every batch of users, and
// on some machines takes a kernel below the widest they have: at 64 numbers a row most of making lists was that.
#pragma once

#include <ATen/ATen.h>

#include <vector>

namespace haina {

class Panels {
 public:
  Panels() = default;
  // rows: float32 [n, d], copied.
  explicit Panels(const at::Tensor& rows);
  int64_t size() const { return n_; }
  int64_t width() const { return d_; }
  // [panels, d, 16]: number c of sixteen rows side by side; zeros behind the last row.
  const float* packed() const { return packed_.data(); }
  // left·rowsᵀ + bias: float32 [B, n] of left float32 [B, d] and bias float32 [n], or undefined: none. Parallel over
  // rows of `left`; the same bits for any number of threads, and for a row in any batch.
  at::Tensor products(const at::Tensor& left, const at::Tensor& bias = {}) const;

 private:
  int64_t n_ = 0, d_ = 0;
  std::vector<float> packed_;
};

}  // namespace haina
