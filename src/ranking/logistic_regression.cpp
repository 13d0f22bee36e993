#include "ranking/logistic_regression.h"

#include <ATen/ATen.h>

namespace haina {

double cross_entropy(const LabelledRows& rows, const at::Tensor& weights) {
  const at::Tensor logits = at::mv(rows.x, weights);
  return ((at::softplus(logits) - rows.labels * logits) * rows.counts).sum().item<double>();
}

at::Tensor fit_logistic(const LabelledRows& rows, const LogisticOptions& options) {
  const auto& [x, labels, counts] = rows;
  const auto& [ridge, free, start, max_steps, tolerance] = options;
  at::Tensor w = start.clone();
  const auto loss_of = [&, &ridge = ridge](const at::Tensor& at) {
    return cross_entropy(rows, at) + 0.5 * (ridge * at.square()).sum().item<double>();
  };
  double loss = loss_of(w);
  for (int step = 0; step < max_steps; ++step) {
    const at::Tensor p = at::sigmoid(at::mv(x, w));
    const at::Tensor gradient = (at::mv(x.t(), (p - labels) * counts) + ridge * w) * free;
    const at::Tensor curvature = (p * (1 - p) * counts).clamp_min(1e-12);
    at::Tensor hessian = at::mm(x.t() * curvature, x) * at::outer(free, free);
    hessian.diagonal().add_(ridge + (1 - free) + 1e-9);
    const at::Tensor move = at::linalg_solve(hessian, gradient) * free;
    // Far from the optimum a whole step can be too long.
    double length = 1;
    double next = loss_of(w - move);
    for (; next > loss && length > 1e-3; length /= 2) {
      next = loss_of(w - move * (length / 2));
    }
    if (!(next <= loss)) {
      break;
    }
    w = w - move * length;
    loss = next;
    if ((move.abs().max() * length).item<double>() < tolerance) {
      break;
    }
  }
  return w;
}

}  // namespace haina
