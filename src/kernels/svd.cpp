#include "kernels/svd.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <tuple>

#include "base/error.h"

namespace haina {
namespace {

// Eigenvalues and vectors of smallᵀ·small, ascending. float32 [rows, w] -> float64 [w], float64 [w, w].
std::tuple<at::Tensor, at::Tensor> eigen_of_gram(const at::Tensor& small) {
  at::Tensor gram = at::zeros({small.size(1), small.size(1)}, at::kDouble);
  constexpr int64_t kBlock = 4096;
  for (int64_t begin = 0; begin < small.size(0); begin += kBlock) {
    const at::Tensor block = small.narrow(0, begin, std::min(kBlock, small.size(0) - begin)).to(at::kDouble);
    gram.addmm_(block.t(), block);
  }
  return at::linalg_eigh(gram);
}

}  // namespace

TruncatedSvd truncated_svd(const Csr& x, at::Generator generator, const SvdOptions& options) {
  const int64_t smaller = std::min(x.num_rows(), x.num_cols);
  HAINA_ASSERT(options.rank > 0 && smaller > 0);
  const int64_t k = std::min(options.rank, smaller);
  const int64_t extra = options.oversampling > 0 ? options.oversampling : std::max<int64_t>(8, k / 16);
  const int64_t width = std::min(k + extra, smaller);
  const Csr xt = transpose(x);
  at::Tensor q = at::randn({x.num_cols, width}, generator, at::kFloat);
  for (int64_t pass = 0; pass < options.passes && !(options.stop != nullptr && options.stop->requested()); ++pass) {
    q = std::get<0>(at::linalg_qr(multiply(xt, multiply(x, q)), "reduced")).contiguous();
  }
  const at::Tensor small = multiply(x, q);
  at::Tensor values, right;
  if (options.projected == SvdOptions::Projected::kGramInDouble) {
    const auto [squares, vectors] = eigen_of_gram(small);
    values = squares.narrow(0, width - k, k).flip(0).clamp_min(0).sqrt().to(at::kFloat).contiguous();
    right = at::mm(q, vectors.narrow(1, width - k, k).flip(1).to(at::kFloat));
  } else {
    const auto [u, s, vt] = at::linalg_svd(small, false);
    values = s.narrow(0, 0, k).contiguous();
    right = at::mm(q, vt.t()).narrow(1, 0, k);
  }
  // A decomposition leaves the signs open: the largest cell of each column is made positive.
  const at::Tensor largest = right.gather(0, right.abs().argmax(0, true));
  return {values, right.mul(at::where(largest < 0, -1.0F, 1.0F).to(at::kFloat)).contiguous()};
}

}  // namespace haina
