// Sparse matrices in compressed sparse row form, stored in tensors, and products that libtorch lacks or does slowly.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

namespace haina {

// Row r holds columns[offsets[r] .. offsets[r+1]) with their values; columns ascend within a row and do not repeat.
struct Csr {
  int64_t num_cols = 0;
  at::Tensor offsets;  // int64 [rows + 1], contiguous; on the CPU unless moved() made it
  at::Tensor columns;  // int32 [nnz]
  at::Tensor values;   // float32 [nnz]

  int64_t num_rows() const { return offsets.size(0) - 1; }
  int64_t nnz() const { return columns.size(0); }
  std::span<const int64_t> row_offsets() const {
    return {offsets.const_data_ptr<int64_t>(), static_cast<size_t>(offsets.size(0))};
  }
  std::span<const int32_t> row(int64_t r) const {
    const int64_t* o = offsets.const_data_ptr<int64_t>();
    return {columns.const_data_ptr<int32_t>() + o[r], static_cast<size_t>(o[r + 1] - o[r])};
  }
  std::span<const float> row_values(int64_t r) const {
    const int64_t* o = offsets.const_data_ptr<int64_t>();
    return {values.const_data_ptr<float>() + o[r], static_cast<size_t>(o[r + 1] - o[r])};
  }
};

enum class Repeats { kSum, kMax };
// From coordinates in any order; repeated (row, column) pairs are merged. rows and columns: int32 [n], inside the shape
// (asserted). O(nnz log nnz) in the worst case.
Csr csr_from_coordinates(int64_t num_rows, int64_t num_cols, std::span<const int32_t> rows,
                         std::span<const int32_t> columns, std::span<const float> values, Repeats repeats);
Csr empty_csr(int64_t num_rows, int64_t num_cols);
// [cols, rows]; O(nnz). Same bits for any number of threads.
Csr transpose(const Csr& matrix);
// A copy on another device: tensor operations can use it there, but row() and the functions below cannot.
Csr moved(const Csr& matrix, at::Device device);
// The given rows in the given order; repeats are allowed.
Csr take_rows(const Csr& matrix, std::span<const int32_t> rows);
// float32 [rows, cols]
at::Tensor to_dense(const Csr& matrix);
// matrix [rows, cols] times dense [cols, d] (float32, contiguous) -> float32 [rows, d]. Parallel over rows.
at::Tensor multiply(const Csr& matrix, const at::Tensor& dense);

}  // namespace haina
