#include "kernels/csr.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <span>
#include <vector>

#include "base/error.h"

namespace haina {

Csr moved(const Csr& matrix, at::Device device) {
  return {matrix.num_cols, matrix.offsets.to(device), matrix.columns.to(device), matrix.values.to(device)};
}

Csr empty_csr(int64_t num_rows, int64_t num_cols) {
  return {num_cols, at::zeros({num_rows + 1}, at::kLong), at::empty({0}, at::kInt), at::empty({0}, at::kFloat)};
}

Csr csr_from_coordinates(int64_t num_rows, int64_t num_cols, std::span<const int32_t> rows,
                         std::span<const int32_t> columns, std::span<const float> values, Repeats repeats) {
  HAINA_ASSERT(rows.size() == columns.size() && rows.size() == values.size());
  // Counting sort by row, then a stable sort by column within each row, then repeats are merged.
  std::vector<int64_t> start(static_cast<size_t>(num_rows) + 1, 0);
  for (size_t i = 0; i < rows.size(); ++i) {
    HAINA_ASSERT(rows[i] >= 0 && rows[i] < num_rows && columns[i] >= 0 && columns[i] < num_cols);
    ++start[static_cast<size_t>(rows[i]) + 1];
  }
  std::partial_sum(start.begin(), start.end(), start.begin());
  struct Cell {
    int32_t column;
    float value;
  };
  std::vector<Cell> cells(rows.size());
  std::vector<int64_t> next(start.begin(), start.end() - 1);
  for (size_t i = 0; i < rows.size(); ++i) {
    cells[static_cast<size_t>(next[static_cast<size_t>(rows[i])]++)] = {columns[i], values[i]};
  }
  std::vector<int64_t> kept(static_cast<size_t>(num_rows) + 1, 0);
  at::parallel_for(0, num_rows, 256, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const auto first = cells.begin() + start[static_cast<size_t>(r)];
      const auto last = cells.begin() + start[static_cast<size_t>(r) + 1];
      std::stable_sort(first, last, [](const Cell& a, const Cell& b) { return a.column < b.column; });
      auto out = first;
      for (auto in = first; in != last; ++in) {
        if (out != first && (out - 1)->column == in->column) {
          float& value = (out - 1)->value;
          value = repeats == Repeats::kSum ? value + in->value : std::max(value, in->value);
        } else {
          *out++ = *in;
        }
      }
      kept[static_cast<size_t>(r) + 1] = out - first;
    }
  });
  std::partial_sum(kept.begin(), kept.end(), kept.begin());
  Csr matrix = {num_cols, at::empty({num_rows + 1}, at::kLong), at::empty({kept.back()}, at::kInt),
                at::empty({kept.back()}, at::kFloat)};
  std::memcpy(matrix.offsets.data_ptr<int64_t>(), kept.data(), kept.size() * sizeof(int64_t));
  int32_t* const out_columns = matrix.columns.data_ptr<int32_t>();
  float* const out_values = matrix.values.data_ptr<float>();
  at::parallel_for(0, num_rows, 256, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t from = start[static_cast<size_t>(r)];
      const int64_t to = kept[static_cast<size_t>(r)];
      for (int64_t i = 0; i < kept[static_cast<size_t>(r) + 1] - to; ++i) {
        out_columns[to + i] = cells[static_cast<size_t>(from + i)].column;
        out_values[to + i] = cells[static_cast<size_t>(from + i)].value;
      }
    }
  });
  return matrix;
}

Csr transpose(const Csr& matrix) {
  const int64_t rows = matrix.num_rows();
  Csr result = {rows, at::zeros({matrix.num_cols + 1}, at::kLong), at::empty({matrix.nnz()}, at::kInt),
                at::empty({matrix.nnz()}, at::kFloat)};
  int64_t* const offsets = result.offsets.data_ptr<int64_t>();
  const int32_t* const columns = matrix.columns.const_data_ptr<int32_t>();
  const float* const values = matrix.values.const_data_ptr<float>();
  for (int64_t i = 0; i < matrix.nnz(); ++i) {
    ++offsets[columns[i] + 1];
  }
  std::partial_sum(offsets, offsets + matrix.num_cols + 1, offsets);
  std::vector<int64_t> next(offsets, offsets + matrix.num_cols);
  int32_t* const out_columns = result.columns.data_ptr<int32_t>();
  float* const out_values = result.values.data_ptr<float>();
  const auto row_offsets = matrix.row_offsets();
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t i = row_offsets[static_cast<size_t>(r)]; i < row_offsets[static_cast<size_t>(r) + 1]; ++i) {
      const int64_t place = next[static_cast<size_t>(columns[i])]++;
      out_columns[place] = static_cast<int32_t>(r);
      out_values[place] = values[i];
    }
  }
  return result;
}

Csr take_rows(const Csr& matrix, std::span<const int32_t> rows) {
  at::Tensor offsets = at::zeros({std::ssize(rows) + 1}, at::kLong);
  int64_t* const o = offsets.data_ptr<int64_t>();
  for (size_t i = 0; i < rows.size(); ++i) {
    HAINA_ASSERT(rows[i] >= 0 && rows[i] < matrix.num_rows());
    o[i + 1] = o[i] + static_cast<int64_t>(matrix.row(rows[i]).size());
  }
  Csr result = {matrix.num_cols, offsets, at::empty({o[rows.size()]}, at::kInt),
                at::empty({o[rows.size()]}, at::kFloat)};
  for (size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(matrix.row(rows[i]), result.columns.data_ptr<int32_t>() + o[i]);
    std::ranges::copy(matrix.row_values(rows[i]), result.values.data_ptr<float>() + o[i]);
  }
  return result;
}

at::Tensor to_dense(const Csr& matrix) {
  at::Tensor dense = at::zeros({matrix.num_rows(), matrix.num_cols}, at::kFloat);
  float* const out = dense.data_ptr<float>();
  for (int64_t r = 0; r < matrix.num_rows(); ++r) {
    const auto columns = matrix.row(r);
    const auto values = matrix.row_values(r);
    for (size_t i = 0; i < columns.size(); ++i) {
      out[r * matrix.num_cols + columns[i]] = values[i];
    }
  }
  return dense;
}

at::Tensor multiply(const Csr& matrix, const at::Tensor& dense) {
  HAINA_ASSERT(dense.dim() == 2 && dense.size(0) == matrix.num_cols && dense.scalar_type() == at::kFloat &&
               dense.is_contiguous());
  const int64_t width = dense.size(1);
  at::Tensor result = at::zeros({matrix.num_rows(), width}, at::kFloat);
  const float* const in = dense.const_data_ptr<float>();
  float* const out = result.data_ptr<float>();
  at::parallel_for(0, matrix.num_rows(), std::max<int64_t>(1, 16384 / std::max<int64_t>(1, width)),
                   [&](int64_t begin, int64_t end) {
                     for (int64_t r = begin; r < end; ++r) {
                       const auto columns = matrix.row(r);
                       const auto values = matrix.row_values(r);
                       float* const sum = out + r * width;
                       for (size_t i = 0; i < columns.size(); ++i) {
                         const float* const source = in + columns[i] * width;
                         const float value = values[i];
                         for (int64_t c = 0; c < width; ++c) {
                           sum[c] += value * source[c];
                         }
                       }
                     }
                   });
  return result;
}

}  // namespace haina
