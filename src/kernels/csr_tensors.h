// Sparse matrices in tensor files, as PREFIX.offsets, PREFIX.columns, PREFIX.values and PREFIX.width (int64 [1], the
// number of columns).
#pragma once

#include <string>

#include "base/tensors_file.h"
#include "kernels/csr.h"

namespace haina {

void put_csr(const std::string& prefix, const Csr& matrix, TensorMap& into);
// Checks shapes, the order of offsets and the range of columns, so that a damaged file cannot cause invalid indices.
Result<Csr> take_csr(const TensorMap& state, const std::string& prefix, const std::string& where);

}  // namespace haina
