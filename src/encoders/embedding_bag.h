// Weighted sums of embedding rows, differentiable in the table: the hot path of all encoders of bags.
#pragma once

#include <ATen/core/Tensor.h>

#include "kernels/csr.h"

namespace haina {

// Σ over each row of value x table row. bag [n, ids]; rows int64 [m], or undefined for all n; table float32 [ids,
// width]
// -> float32 [m or n, width]. An empty row gives zeros. The values of the bag get no gradient.
at::Tensor weighted_bag_sum(const Csr& bag, const at::Tensor& rows, const at::Tensor& table);

// take_rows by tensor operations only, for any device. rows: int64 [m], on the device of the matrix.
Csr gather_rows(const Csr& matrix, const at::Tensor& rows);

}  // namespace haina
