// Products of sparse matrices: the dense Gram matrix, and sparse products of which each row keeps its largest cells
// only.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/stop.h"
#include "kernels/csr.h"

namespace haina {

// float32 [cols]: number of cells of each column.
std::vector<float> column_counts(const Csr& matrix);

// XᵀX, float32 [cols, cols]; O(Σ_r nnz_r²), parallel over columns, same bits for any number of threads. After a
// requested stop the values are unfinished.
at::Tensor gram(const Csr& matrix, const StopFlag* stop = nullptr);

// Sums one sparse row at a time: dense sums and the list of touched columns, cleared in O(touched columns).
class SparseAccumulator {
 public:
  explicit SparseAccumulator(int64_t num_cols)
      : sums_(static_cast<size_t>(num_cols), 0),
        is_touched_(static_cast<size_t>(num_cols), 0),
        columns_(static_cast<size_t>(num_cols) + 1) {}
  // Has no branch, since it would be mispredicted for about half of the columns.
  void add(int32_t column, float value) {
    uint8_t& touched = is_touched_[static_cast<size_t>(column)];
    columns_[count_] = column;
    count_ += touched == 0 ? 1 : 0;
    touched = 1;
    sums_[static_cast<size_t>(column)] += value;
  }
  // Touched columns, in the order of their first add().
  std::span<const int32_t> columns() const { return {columns_.data(), count_}; }
  float at(int32_t column) const { return sums_[static_cast<size_t>(column)]; }
  void set(int32_t column, float value) { sums_[static_cast<size_t>(column)] = value; }
  void clear();

 private:
  std::vector<float> sums_;
  std::vector<uint8_t> is_touched_;
  std::vector<int32_t> columns_;  // the first count_
  size_t count_ = 0;
};

// The matrix whose row r holds the k largest positive finite cells (ties: smaller column) of what fill(r, sum) adds up.
// fill is called on several threads, each row on one. Same bits for any number of threads. After a requested stop the
// remaining rows are empty.
Csr build_top_k_rows(int64_t num_rows, int64_t num_cols, int64_t k,
                     const std::function<void(int64_t row, SparseAccumulator& sum)>& fill,
                     const StopFlag* stop = nullptr);

// Changes the nonzero cells of a row in place: values[i] belongs to columns[i].
using RowTransform = std::function<void(int64_t row, std::span<const int32_t> columns, std::span<float> values)>;

// a·b. Each row is changed by `transform` (may be empty) and then cut to its k largest positive cells, without the
// diagonal if skip_diagonal.
Csr multiply_top_k(const Csr& a, const Csr& b, int64_t k, bool skip_diagonal, const RowTransform& transform,
                   const StopFlag* stop = nullptr);

}  // namespace haina
