// Products of sparse matrices: the dense Gram matrix, and sparse rows cut to their largest cells while they are formed.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/stop.h"
#include "kernels/csr.h"

namespace haina {

// XᵀX, float32 [cols, cols]; O(Σ_r nnz_r²), parallel over columns, same bits for any number of threads. Stopped:
// unfinished values.
at::Tensor gram(const Csr& matrix, const StopFlag* stop = nullptr);

// One sparse row while it is summed: dense sums and the list of columns met, reset in O(columns met).
class RowSum {
 public:
  explicit RowSum(int64_t num_cols)
      : sums_(static_cast<size_t>(num_cols), 0),
        met_(static_cast<size_t>(num_cols), 0),
        columns_(static_cast<size_t>(num_cols) + 1) {}
  // Without a branch, which would be foretold wrong for every other column.
  void add(int32_t column, float value) {
    uint8_t& met = met_[static_cast<size_t>(column)];
    columns_[count_] = column;
    count_ += met == 0 ? 1 : 0;
    met = 1;
    sums_[static_cast<size_t>(column)] += value;
  }
  // In the order in which they were met first.
  std::span<const int32_t> columns() const { return {columns_.data(), count_}; }
  float at(int32_t column) const { return sums_[static_cast<size_t>(column)]; }
  void set(int32_t column, float value) { sums_[static_cast<size_t>(column)] = value; }
  void clear();

 private:
  std::vector<float> sums_;
  std::vector<uint8_t> met_;
  std::vector<int32_t> columns_;  // the first count_
  size_t count_ = 0;
};

// The matrix whose row r holds the k largest positive finite cells (ties: smaller column) of what fill(r, sum) leaves.
// fill runs on several threads, each row on one; same bits for any number of threads. Stopped: the rows so far.
Csr build_top_k_rows(int64_t num_rows, int64_t num_cols, int64_t k,
                     const std::function<void(int64_t row, RowSum& sum)>& fill, const StopFlag* stop = nullptr);

// Changes the cells of a row in place, which are not 0: values[i] is that of columns[i].
using Reweigh = std::function<void(int64_t row, std::span<const int32_t> columns, std::span<float> values)>;

// a·b, its rows changed by `reweigh` (may be empty), without the diagonal where asked, each row cut to its k largest
// positive cells.
Csr multiply_top_k(const Csr& a, const Csr& b, int64_t k, bool skip_diagonal, const Reweigh& reweigh,
                   const StopFlag* stop = nullptr);

}  // namespace haina
