// Sparse matrices among the tensors of a file: PREFIX.offsets, PREFIX.columns, PREFIX.values and PREFIX.width (int64
// [1]).
#pragma once

#include <string>

#include "base/tensors_file.h"
#include "kernels/csr.h"

namespace haina {

void put_csr(const std::string& prefix, const Csr& matrix, TensorMap& into);
// Checks shape, order of offsets and range of columns: a damaged file must not become an index outside a matrix.
Result<Csr> take_csr(const TensorMap& state, const std::string& prefix, const std::string& where);

}  // namespace haina
