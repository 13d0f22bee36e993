#include "encoders/embedding_bag.h"

#include <cmath>
#include <vector>

#include "base/error.h"

namespace haina {

Csr gather_rows(const Csr& matrix, const at::Tensor& rows) {
  const at::Tensor begins = matrix.offsets.index_select(0, rows);
  const at::Tensor sizes = matrix.offsets.index_select(0, rows + 1) - begins;
  const at::Tensor ends = sizes.cumsum(0);
  const at::Tensor shift = (begins - (ends - sizes)).repeat_interleave(sizes);  // from a cell's new place to its old
  const at::Tensor cells = at::arange(shift.size(0), shift.options()) + shift;
  return {matrix.num_cols, at::cat({at::zeros({1}, ends.options()), ends}), matrix.columns.index_select(0, cells),
          matrix.values.index_select(0, cells)};
}

at::Tensor weighted_bag_sum(const Csr& bag, const at::Tensor& rows, const at::Tensor& table) {
  Csr picked = bag;
  if (rows.defined() && !rows.is_cpu()) {
    picked = gather_rows(bag, rows);
  } else if (rows.defined()) {
    const at::Tensor narrow = rows.to(at::kInt).contiguous();
    picked = take_rows(bag, {narrow.const_data_ptr<int32_t>(), static_cast<size_t>(narrow.size(0))});
  }
  if (picked.nnz() == 0) {
    return at::zeros({picked.num_rows(), table.size(1)}, table.options());
  }
  // Mode 0 is the sum; offsets hold the end of the last bag as well.
  return std::get<0>(at::embedding_bag(table, picked.columns.to(at::kLong), picked.offsets,
                                       /*scale_grad_by_freq=*/false, /*mode=*/0, /*sparse=*/false, picked.values,
                                       /*include_last_offset=*/true));
}

at::Tensor inverse_document_frequency(const Csr& counts, const at::Tensor& seen, int64_t min_df) {
  std::vector<int64_t> frequency(static_cast<size_t>(counts.num_cols), 0);
  const bool* const is_seen = seen.const_data_ptr<bool>();
  int64_t rows = 0;
  for (int64_t r = 0; r < counts.num_rows(); ++r) {
    if (is_seen[r]) {
      ++rows;
      for (const int32_t id : counts.row(r)) {
        ++frequency[static_cast<size_t>(id)];
      }
    }
  }
  at::Tensor idf = at::zeros({counts.num_cols}, at::kFloat);
  for (int64_t id = 0; id < counts.num_cols; ++id) {
    const int64_t df = frequency[static_cast<size_t>(id)];
    if (df >= min_df && df > 0) {
      idf.data_ptr<float>()[id] = static_cast<float>(std::log(1 + static_cast<double>(rows) / static_cast<double>(df)));
    }
  }
  return idf;
}

Csr tf_idf(const Csr& counts, const at::Tensor& idf) {
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
  for (int64_t r = 0; r < counts.num_rows(); ++r) {
    const auto ids = counts.row(r);
    const auto tf = counts.row_values(r);
    const size_t first = values.size();
    double squares = 0;
    for (size_t i = 0; i < ids.size(); ++i) {
      const float weight = ids[i] < idf.size(0) ? idf.const_data_ptr<float>()[ids[i]] : 0;
      if (weight > 0 && tf[i] > 0) {
        rows.push_back(static_cast<int32_t>(r));
        columns.push_back(ids[i]);
        values.push_back((tf[i] > 1 ? 1 + std::log(tf[i]) : tf[i]) * weight);
        squares += static_cast<double>(values.back()) * values.back();
      }
    }
    for (size_t i = first; i < values.size(); ++i) {
      values[i] = static_cast<float>(values[i] / std::sqrt(squares));
    }
  }
  return csr_from_coordinates(counts.num_rows(), idf.size(0), rows, columns, values, Repeats::kSum);
}

}  // namespace haina
