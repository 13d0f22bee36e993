#include "encoders/embedding_bag.h"

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <tuple>

namespace haina {

Csr gather_rows(const Csr& matrix, const at::Tensor& rows) {
  const at::Tensor begins = matrix.offsets.index_select(0, rows);
  const at::Tensor sizes = matrix.offsets.index_select(0, rows + 1) - begins;
  const at::Tensor ends = sizes.cumsum(0);
  const at::Tensor shift =
      (begins - (ends - sizes)).repeat_interleave(sizes);  // from the new index of a cell to the old one
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
  // Mode 0 sums; offsets include the end of the last bag.
  return std::get<0>(at::embedding_bag(table, picked.columns.to(at::kLong), picked.offsets,
                                       /*scale_grad_by_freq=*/false, /*mode=*/0, /*sparse=*/false, picked.values,
                                       /*include_last_offset=*/true));
}

}  // namespace haina
