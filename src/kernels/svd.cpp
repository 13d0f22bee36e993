#include "kernels/svd.h"

#include <algorithm>

#include "base/error.h"

namespace haina {

TruncatedSvd truncated_svd(const Csr& x, int64_t rank, int64_t passes, at::Generator generator, const StopFlag* stop) {
  const int64_t most = std::min(x.num_rows(), x.num_cols);
  HAINA_ASSERT(rank > 0 && most > 0);
  const int64_t k = std::min(rank, most);
  const int64_t width = std::min(k + std::max<int64_t>(8, k / 16), most);  // beyond k, so that the last ones are found
  const Csr xt = transpose(x);
  at::Tensor q = at::randn({x.num_cols, width}, generator, at::kFloat);
  for (int64_t pass = 0; pass < passes && !(stop != nullptr && stop->requested()); ++pass) {
    q = std::get<0>(at::linalg_qr(multiply(xt, multiply(x, q)), "reduced")).contiguous();
  }
  // x·q = U S Wᵀ through its Gram matrix, in double: singular values are then exact to float32 down to 1e-7 of the
  // largest.
  const at::Tensor small = multiply(x, q);
  at::Tensor inner = at::zeros({width, width}, at::kDouble);
  constexpr int64_t kBlock = 4096;
  for (int64_t begin = 0; begin < small.size(0); begin += kBlock) {
    const at::Tensor block = small.narrow(0, begin, std::min(kBlock, small.size(0) - begin)).to(at::kDouble);
    inner.addmm_(block.t(), block);
  }
  const auto [squares, vectors] = at::linalg_eigh(inner);  // ascending
  const at::Tensor strongest = vectors.narrow(1, width - k, k).flip(1);
  at::Tensor right = at::mm(q, strongest.to(at::kFloat));
  const at::Tensor largest = right.gather(0, right.abs().argmax(0, true));
  right.mul_(at::where(largest < 0, -1.0F, 1.0F));  // a decomposition leaves signs open
  return {squares.narrow(0, width - k, k).flip(0).clamp_min(0).sqrt().to(at::kFloat).contiguous(), right.contiguous()};
}

}  // namespace haina
