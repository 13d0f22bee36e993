// Weights of bags of tags or words: term frequency times inverse document frequency.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "kernels/csr.h"

namespace haina {

// float32 [cols]: log(1 + n / df), with df the number of rows that hold the column and n the number of rows. Only rows
// with `counted` (bool [rows]) take part; columns with df < min_df get 0, which drops them. Computed in double.
at::Tensor inverse_document_frequency(const Csr& counts, const at::Tensor& counted, int64_t min_df);
// The same over all rows, without a minimum, computed in float: trained models depend on these bits.
at::Tensor inverse_document_frequency(const Csr& counts);

// [rows, idf.size(0)]: cells become (1 + log count) * idf (a count below 1 stays as it is) and rows get length 1. Cells
// with a count or an idf of 0 are dropped, and so are columns beyond `idf`.
Csr tf_idf(const Csr& counts, const at::Tensor& idf);
// With the idf over all rows.
Csr tf_idf(const Csr& counts);

}  // namespace haina
