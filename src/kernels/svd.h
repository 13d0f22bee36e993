// The strongest singular directions of a large sparse matrix.
#pragma once

#include <ATen/ATen.h>

#include "base/stop.h"
#include "kernels/csr.h"

namespace haina {

struct TruncatedSvd {
  at::Tensor values;  // float32 [k], descending, >= 0
  at::Tensor right;   // float32 [cols, k], orthonormal columns, each with its largest cell positive
};

// x ≈ U·diag(values)·rightᵀ with k = min(rank, rows, cols), by randomised subspace iteration (Halko, Martinsson and
// Tropp, "Finding structure with randomness", SIAM Review 2011, algorithm 4.4) and the exact decomposition of the small
// matrix in the end. Each pass costs 4·nnz·k + 4·cols·k² flops and sharpens the last directions; memory
// (2·rows + 3·cols)·k floats. Exact where k is the smaller side. Stopped: unfinished values.
TruncatedSvd truncated_svd(const Csr& x, int64_t rank, int64_t passes, at::Generator generator,
                           const StopFlag* stop = nullptr);

}  // namespace haina
