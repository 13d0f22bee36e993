#include "kernels/sparse_products.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <limits>

#include "base/error.h"

namespace haina {
namespace {

bool stopped(const StopFlag* stop) { return stop != nullptr && stop->requested(); }

}  // namespace

std::vector<float> column_counts(const Csr& matrix) {
  std::vector<float> counts(static_cast<size_t>(matrix.num_cols), 0);
  const int32_t* const columns = matrix.columns.const_data_ptr<int32_t>();
  for (int64_t i = 0; i < matrix.nnz(); ++i) {
    ++counts[static_cast<size_t>(columns[i])];
  }
  return counts;
}

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

void SparseAccumulator::clear() {
  for (const int32_t column : columns()) {
    sums_[static_cast<size_t>(column)] = 0;
    is_touched_[static_cast<size_t>(column)] = 0;
  }
  count_ = 0;
}

namespace {

struct Cell {
  int32_t column;
  float value;
};

// Selects the k largest positive finite cells (ties: smaller column). A histogram of the leading bits of the values,
// which sort like the values, drops most cells first: eight bins per octave. A selection by comparisons alone, half of
// them mispredicted, was the slowest step of item neighbors.
class LargestCells {
 public:
  // Writes them to `cells`, in any order.
  void select(std::span<const int32_t> columns, std::span<const float> values, size_t k, std::vector<Cell>& cells) {
    bins_.fill(0);
    for (const float value : values) {
      ++bins_[bin_of(value)];
    }
    size_t least = kBins - 1;
    for (size_t found = bins_[least]; found < k && least > 1; found += bins_[--least]) {
    }
    cells.resize(values.size() + 1);
    size_t count = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      cells[count] = {columns[i], values[i]};
      count += bin_of(values[i]) >= least ? 1 : 0;
    }
    cells.resize(count);
    if (count > k) {
      std::nth_element(
          cells.begin(), cells.begin() + static_cast<int64_t>(k) - 1, cells.end(),
          [](const Cell& a, const Cell& b) { return a.value != b.value ? a.value > b.value : a.column < b.column; });
      cells.resize(k);
    }
  }

 private:
  static constexpr int kDroppedBits = 20;          // of 32
  static constexpr size_t kBins = (1U << 11) + 1;  // bin 0 is for values that are never kept
  static size_t bin_of(float value) {
    const bool kept = value > 0 && value <= std::numeric_limits<float>::max();
    return kept ? (std::bit_cast<uint32_t>(value) >> kDroppedBits) + 1 : 0;
  }
  std::array<uint32_t, kBins> bins_ = {};
};

Csr top_k_rows(int64_t num_rows, int64_t num_cols, int64_t k,
               const std::function<void(int64_t row, SparseAccumulator& sum)>& fill, const RowTransform& transform,
               bool skip_diagonal, const StopFlag* stop) {
  HAINA_ASSERT(k > 0);
  std::vector<std::vector<Cell>> rows(static_cast<size_t>(num_rows));
  // Threads take the next block when they are free: long rows are often neighbors, since popular items come first.
  constexpr int64_t kBlock = 32;
  const int64_t blocks = (num_rows + kBlock - 1) / kBlock;
  std::atomic<int64_t> next = 0;
  at::parallel_for(0, std::min<int64_t>(at::get_num_threads(), blocks), 1, [&](int64_t, int64_t) {
    SparseAccumulator sum(num_cols);
    LargestCells largest;
    std::vector<Cell> cells;
    std::vector<int32_t> columns;
    std::vector<float> values;
    const auto row = [&](int64_t r) {
      fill(r, sum);
      const std::span<const int32_t> touched = sum.columns();
      columns.resize(touched.size());
      values.resize(touched.size());
      size_t count = 0;
      for (const int32_t column : touched) {
        const float value = sum.at(column);
        columns[count] = column;
        values[count] = value;
        count += value != 0 && !(skip_diagonal && column == r) ? 1 : 0;
      }
      sum.clear();
      if (transform) {
        transform(r, {columns.data(), count}, {values.data(), count});
      }
      largest.select({columns.data(), count}, {values.data(), count}, static_cast<size_t>(k), cells);
      std::sort(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) { return a.column < b.column; });
      rows[static_cast<size_t>(r)].assign(cells.begin(), cells.end());
    };
    for (int64_t block = next++; block < blocks; block = next++) {
      for (int64_t r = block * kBlock; r < std::min((block + 1) * kBlock, num_rows) && !stopped(stop); ++r) {
        row(r);
      }
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

}  // namespace

Csr build_top_k_rows(int64_t num_rows, int64_t num_cols, int64_t k,
                     const std::function<void(int64_t row, SparseAccumulator& sum)>& fill, const StopFlag* stop) {
  return top_k_rows(num_rows, num_cols, k, fill, {}, false, stop);
}

Csr multiply_top_k(const Csr& a, const Csr& b, int64_t k, bool skip_diagonal, const RowTransform& transform,
                   const StopFlag* stop) {
  HAINA_ASSERT(a.num_cols == b.num_rows());
  return top_k_rows(
      a.num_rows(), b.num_cols, k,
      [&](int64_t r, SparseAccumulator& sum) {
        const auto inner = a.row(r);
        const auto weights = a.row_values(r);
        for (size_t i = 0; i < inner.size(); ++i) {
          const auto columns = b.row(inner[i]);
          const auto values = b.row_values(inner[i]);
          for (size_t c = 0; c < columns.size(); ++c) {
            sum.add(columns[c], weights[i] * values[c]);
          }
        }
      },
      transform, skip_diagonal, stop);
}

}  // namespace haina
