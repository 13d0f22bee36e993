#include "engine/clearly_worse.h"

#include <ATen/ATen.h>

#include <vector>

#include "metrics/intervals.h"

namespace haina {
namespace {

constexpr double kLeastRatio = 0.8;  // of the current mean

at::Tensor tensor_of(std::span<const double> values) {
  return at::tensor(std::vector<double>(values.begin(), values.end()), at::kDouble);
}

}  // namespace

bool is_clearly_worse(std::span<const double> candidate, std::span<const double> current) {
  const at::Tensor of_candidate = tensor_of(candidate), of_current = tensor_of(current);
  return of_candidate.mean().item<double>() < kLeastRatio * of_current.mean().item<double>() &&
         paired_difference(of_candidate, of_current).delta.high < 0;
}

}  // namespace haina
