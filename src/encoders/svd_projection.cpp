#include "encoders/svd_projection.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/seed.h"
#include "kernels/svd.h"

namespace haina {

at::Tensor svd_projection(const Csr& x, int64_t rank, uint64_t seed, const std::string& purpose) {
  const int64_t k = std::max<int64_t>(1, std::min({rank, x.num_rows(), x.num_cols}));
  if (x.nnz() == 0) {
    return at::zeros({x.num_cols, k});
  }
  const TruncatedSvd svd =
      truncated_svd(x, make_generator(seed, purpose),
                    {.rank = k, .passes = 3, .oversampling = 8, .projected = SvdOptions::Projected::kDirect});
  const double mean_square = multiply(x, svd.right).square().mean().item<double>();
  return (svd.right / std::sqrt(std::max(mean_square * static_cast<double>(k), 1e-12))).contiguous();
}

}  // namespace haina
