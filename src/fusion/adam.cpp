#include "fusion/adam.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <set>
#include <string>
#include <utility>

namespace haina {

Adam::Adam(std::vector<at::Tensor> parameters, const AdamOptions& options, std::vector<double> rates)
    : parameters_(std::move(parameters)), rates_(std::move(rates)), options_(options) {
  rates_.resize(parameters_.size(), 1);
  for (const at::Tensor& p : parameters_) {
    first_.push_back(at::zeros_like(p));
    second_.push_back(at::zeros_like(p));
    steps_.push_back(at::zeros({}, p.options().dtype(at::kFloat)));
  }
}

double Adam::step(double learning_rate) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients, norms;
  for (const at::Tensor& parameter : parameters_) {
    if (parameter.grad().defined()) {
      gradients.push_back(parameter.mutable_grad());
      norms.push_back(gradients.back().norm());
    }
  }
  double squares = 0;
  if (!norms.empty()) {
    const at::Tensor all = at::stack(norms).cpu();  // copied together, because each copy waits for the device
    for (int64_t i = 0; i < all.size(0); ++i) {
      const double norm = all.const_data_ptr<float>()[i];
      squares += norm * norm;
    }
  }
  const double norm = std::sqrt(squares);
  if (options_.clip_norm > 0 && norm > options_.clip_norm) {
    for (at::Tensor& gradient : gradients) {
      gradient.mul_(options_.clip_norm / norm);
    }
  }
  for (const double rate : std::set<double>(rates_.begin(), rates_.end())) {
    step_of(rate, learning_rate);
  }
  for (at::Tensor& parameter : parameters_) {
    parameter.mutable_grad() = at::Tensor();
  }
  return norm;
}

void Adam::step_of(double rate, double learning_rate) {
  std::vector<at::Tensor> parameters, gradients, first, second, steps;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (rates_[i] != rate || !parameters_[i].grad().defined()) {
      continue;
    }
    gradients.push_back(parameters_[i].mutable_grad());
    parameters.push_back(parameters_[i].detach());
    first.push_back(first_[i]);
    second.push_back(second_[i]);
    steps.push_back(steps_[i]);
  }
  if (parameters.empty()) {
    return;
  }
  at::_foreach_add_(steps, 1);
  at::_fused_adamw_(parameters, gradients, first, second, {}, steps, rate * learning_rate, options_.beta1,
                    options_.beta2, options_.weight_decay, 1e-8,
                    /*amsgrad=*/false, /*maximize=*/false);
}

void Adam::pack(TensorMap& into) const {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    into["adam/first/" + std::to_string(i)] = first_[i].cpu();
    into["adam/second/" + std::to_string(i)] = second_[i].cpu();
    into["adam/steps/" + std::to_string(i)] = steps_[i].cpu();
  }
}

bool Adam::restore(const TensorMap& from) {
  const auto fill = [&](const std::string& name, at::Tensor& into) {
    const auto found = from.find("adam/" + name);
    if (found == from.end() || found->second.sizes() != into.sizes() ||
        found->second.scalar_type() != into.scalar_type()) {
      return false;
    }
    into.copy_(found->second);
    return true;
  };
  bool fits = true;
  for (size_t i = 0; fits && i < parameters_.size(); ++i) {
    fits = fill("first/" + std::to_string(i), first_[i]) && fill("second/" + std::to_string(i), second_[i]) &&
           fill("steps/" + std::to_string(i), steps_[i]);
  }
  return fits;
}

double cosine_rate(double peak, int64_t step, int64_t total, int64_t warm_up) {
  constexpr double kFloor = 0.05;
  if (step < warm_up) {
    return peak * static_cast<double>(step + 1) / static_cast<double>(warm_up);
  }
  const double progress =
      static_cast<double>(step - warm_up) / static_cast<double>(std::max<int64_t>(1, total - warm_up));
  return peak * (kFloor + (1 - kFloor) * 0.5 * (1 + std::cos(std::numbers::pi * std::min(1.0, progress))));
}

}  // namespace haina
