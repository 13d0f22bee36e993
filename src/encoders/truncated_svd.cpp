#include "encoders/truncated_svd.h"

#include <algorithm>
#include <cmath>

#include "base/seed.h"

namespace haina {

at::Tensor strongest_directions(const Csr& x, int64_t most, uint64_t seed, const std::string& purpose) {
  constexpr int64_t kPasses = 3;  // singular values of texts fall slowly
  const int64_t rank = std::max<int64_t>(1, std::min({most, x.num_rows(), x.num_cols}));
  if (x.nnz() == 0) {
    return at::zeros({x.num_cols, rank});
  }
  const Csr xt = transpose(x);
  at::Generator generator = make_generator(seed, purpose);
  at::Tensor q =
      at::normal(0, 1, {x.num_cols, std::min(rank + 8, std::min(x.num_rows(), x.num_cols))}, generator, at::kFloat);
  for (int64_t pass = 0; pass < kPasses; ++pass) {
    q = std::get<0>(at::linalg_qr(multiply(xt, multiply(x, q).contiguous()), "reduced")).contiguous();
  }
  // In the small space spanned by q the exact decomposition; signs fixed, since a decomposition leaves them open.
  const at::Tensor small = multiply(x, q);  // [rows, k]
  const at::Tensor right = std::get<2>(at::linalg_svd(small, false));
  at::Tensor directions = at::matmul(q, right.t()).narrow(1, 0, rank);
  const at::Tensor largest = directions.gather(0, directions.abs().argmax(0, true));
  directions = directions * largest.sign();
  const double mean_square = multiply(x, directions.contiguous()).square().mean().item<double>();
  return (directions / std::sqrt(std::max(mean_square * static_cast<double>(rank), 1e-12))).contiguous();
}

}  // namespace haina
