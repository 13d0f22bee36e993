// Truncated singular value decomposition of a large sparse matrix.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "base/stop.h"
#include "kernels/csr.h"

namespace haina {

struct TruncatedSvd {
  at::Tensor values;  // float32 [k], descending, >= 0
  at::Tensor right;   // float32 [cols, k], orthonormal columns, each with its largest cell positive
};

struct SvdOptions {
  int64_t rank = 64;
  int64_t passes = 4;        // of the subspace iteration: more of them sharpen the last directions
  int64_t oversampling = 0;  // directions beyond the rank; 0: max(8, rank / 16)
  // How the small projected matrix [rows, rank + oversampling] is decomposed. Through its Gram matrix in double:
  // singular values are exact to float32 down to 1e-7 of the largest, and memory is rank² doubles. Directly in float:
  // less exact.
  enum class Projected { kGramInDouble, kDirect };
  Projected projected = Projected::kGramInDouble;
  const StopFlag* stop = nullptr;
};

// x ≈ U·diag(values)·rightᵀ with k = min(rank, rows, cols), by randomized subspace iteration (Halko, Martinsson and
// Tropp, "Finding structure with randomness", SIAM Review 2011, algorithm 4.4). Each pass costs 4·nnz·k + 4·cols·k²
// flops; memory is (2·rows + 3·cols)·k floats. Exact if k is the smaller side. After a requested stop the values are
// unfinished.
TruncatedSvd truncated_svd(const Csr& x, at::Generator generator, const SvdOptions& options);

}  // namespace haina
