#include "kernels/csr_tensors.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>

namespace haina {

void put_csr(const std::string& prefix, const Csr& matrix, TensorMap& into) {
  into[prefix + ".offsets"] = matrix.offsets;
  into[prefix + ".columns"] = matrix.columns;
  into[prefix + ".values"] = matrix.values;
  into[prefix + ".width"] = at::full({1}, matrix.num_cols, at::kLong);
}

Result<Csr> take_csr(const TensorMap& state, const std::string& prefix, const std::string& where) {
  Csr matrix;
  HAINA_TRY(matrix.offsets, take_tensor(state, prefix + ".offsets", at::kLong, 1, where));
  HAINA_TRY(matrix.columns, take_tensor(state, prefix + ".columns", at::kInt, 1, where));
  HAINA_TRY(matrix.values, take_tensor(state, prefix + ".values", at::kFloat, 1, where));
  HAINA_TRY(const at::Tensor width, take_tensor(state, prefix + ".width", at::kLong, 1, where));
  bool is_valid = width.size(0) == 1 && matrix.offsets.size(0) >= 1 && matrix.columns.size(0) == matrix.values.size(0);
  if (is_valid) {
    matrix.num_cols = width.const_data_ptr<int64_t>()[0];
    const auto offsets = matrix.row_offsets();
    const std::span<const int32_t> columns(matrix.columns.const_data_ptr<int32_t>(), static_cast<size_t>(matrix.nnz()));
    is_valid = offsets.front() == 0 && offsets.back() == matrix.nnz() && std::ranges::is_sorted(offsets) &&
               std::ranges::all_of(columns, [&](int32_t c) { return c >= 0 && c < matrix.num_cols; });
  }
  if (!is_valid) {
    return fail({ErrorCode::kBadData, fmt::format("matrix '{}' is damaged", prefix), where,
                 "run haina prepare and haina train again"});
  }
  return matrix;
}

}  // namespace haina
