#include "kernels/products.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace haina {
namespace {

bool stopped(const StopFlag* stop) { return stop != nullptr && stop->requested(); }

}  // namespace

at::Tensor gram(const Csr& matrix, const StopFlag* stop) {
  const Csr by_column = transpose(matrix);
  const int64_t n = matrix.num_cols;
  at::Tensor result = at::zeros({n, n}, at::kFloat);
  float* const out = result.data_ptr<float>();
  at::parallel_for(0, n, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end && !stopped(stop); ++i) {
      float* const row = out + i * n;
      const auto members = by_column.row(i);
      const auto weights = by_column.row_values(i);
      for (size_t m = 0; m < members.size(); ++m) {
        const auto columns = matrix.row(members[m]);
        const auto values = matrix.row_values(members[m]);
        for (size_t c = 0; c < columns.size(); ++c) {
          row[columns[c]] += weights[m] * values[c];
        }
      }
    }
  });
  return result;
}

void RowSum::clear() {
  for (const int32_t column : columns_) {
    sums_[static_cast<size_t>(column)] = 0;
    met_[static_cast<size_t>(column)] = 0;
  }
  columns_.clear();
}

Csr build_top_k_rows(int64_t num_rows, int64_t num_cols, int64_t k,
                     const std::function<void(int64_t row, RowSum& sum)>& fill, const StopFlag* stop) {
  HAINA_ASSERT(k > 0);
  struct Cell {
    int32_t column;
    float value;
  };
  std::vector<std::vector<Cell>> rows(static_cast<size_t>(num_rows));
  at::parallel_for(0, num_rows, 64, [&](int64_t begin, int64_t end) {
    RowSum sum(num_cols);
    std::vector<Cell> cells;
    for (int64_t r = begin; r < end && !stopped(stop); ++r) {
      fill(r, sum);
      cells.clear();
      for (const int32_t column : sum.columns()) {
        if (const float value = sum.at(column); value > 0 && std::isfinite(value)) {
          cells.push_back({column, value});
        }
      }
      sum.clear();
      if (std::ssize(cells) > k) {
        std::nth_element(cells.begin(), cells.begin() + k, cells.end(), [](const Cell& a, const Cell& b) {
          return a.value != b.value ? a.value > b.value : a.column < b.column;
        });
        cells.resize(static_cast<size_t>(k));
      }
      std::sort(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) { return a.column < b.column; });
      rows[static_cast<size_t>(r)].assign(cells.begin(), cells.end());
    }
  });
  Csr result = empty_csr(num_rows, num_cols);
  int64_t* const offsets = result.offsets.data_ptr<int64_t>();
  for (int64_t r = 0; r < num_rows; ++r) {
    offsets[r + 1] = offsets[r] + std::ssize(rows[static_cast<size_t>(r)]);
  }
  result.columns = at::empty({offsets[num_rows]}, at::kInt);
  result.values = at::empty({offsets[num_rows]}, at::kFloat);
  int32_t* columns = result.columns.data_ptr<int32_t>();
  float* values = result.values.data_ptr<float>();
  for (const std::vector<Cell>& row : rows) {
    for (const Cell& cell : row) {
      *columns++ = cell.column;
      *values++ = cell.value;
    }
  }
  return result;
}

Csr multiply_top_k(const Csr& a, const Csr& b, int64_t k, bool skip_diagonal,
                   const std::function<float(int64_t row, int32_t column, float value)>& reweigh,
                   const StopFlag* stop) {
  HAINA_ASSERT(a.num_cols == b.num_rows());
  return build_top_k_rows(
      a.num_rows(), b.num_cols, k,
      [&](int64_t r, RowSum& sum) {
        const auto inner = a.row(r);
        const auto weights = a.row_values(r);
        for (size_t i = 0; i < inner.size(); ++i) {
          const auto columns = b.row(inner[i]);
          const auto values = b.row_values(inner[i]);
          for (size_t c = 0; c < columns.size(); ++c) {
            sum.add(columns[c], weights[i] * values[c]);
          }
        }
        if (skip_diagonal && r < b.num_cols) {
          sum.set(static_cast<int32_t>(r), 0);  // never kept: only positive cells are
        }
        if (reweigh) {
          for (const int32_t column : sum.columns()) {
            if (sum.at(column) != 0) {
              sum.set(column, reweigh(r, column, sum.at(column)));
            }
          }
        }
      },
      stop);
}

}  // namespace haina
