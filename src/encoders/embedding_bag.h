// Weighted sums of embedding rows, differentiable in the table: the hot path of every encoder over bags.
#pragma once

#include <ATen/ATen.h>

#include "kernels/csr.h"

namespace haina {

// bag [n, ids]; rows int64 [m] into it, or undefined for all; table float32 [ids, width] -> float32 [m or n, width]:
// sum over the row of value x table row. An empty row gives zeros. The weights of the bag get no gradient.
at::Tensor weighted_bag_sum(const Csr& bag, const at::Tensor& rows, const at::Tensor& table);

// take_rows by tensor operations alone, for any device. rows: int64 [m], on the matrix's.
Csr gather_rows(const Csr& matrix, const at::Tensor& rows);

// Weights a bag's counts as (1 + log tf) * log(1 + n / df) over the rows given in `seen` (bool [rows]), drops
// ids with df < min_df among them, and scales each row to unit length. idf float32 [ids] is returned for rows that come
// later; 0 marks a dropped id.
at::Tensor inverse_document_frequency(const Csr& counts, const at::Tensor& seen, int64_t min_df);
Csr tf_idf(const Csr& counts, const at::Tensor& idf);

}  // namespace haina
