#include "ranking/fit_blender.h"

#include <ATen/ATen.h>

#include <cstddef>
#include <vector>

#include "ranking/coordinate_ascent.h"
#include "ranking/gradient_fit.h"

namespace haina {
namespace {

constexpr double kLeastWeight = 0.015;  // share of all weights of a blend; smaller ones are dropped
constexpr size_t kValidationEvery = 5;  // every fifth user validates the network

at::Tensor tensor_of(std::span<const double> weights) {
  return at::tensor(std::vector<float>(weights.begin(), weights.end()), at::kFloat);
}

// The mean of two fits, each scaled to sum 1. Ascents follow the metric itself but are coarse; gradients are fine but
// follow a stand-in for it. Their errors differ, so the mean beats both.
Blender fit_blend(const RankerSamples& samples, std::span<const int64_t> users, const std::vector<double>& single,
                  uint64_t seed, const at::Tensor& linear) {
  Blender blender;
  blender.name = "blend";
  const at::Tensor bagged = tensor_of(fit_bagged(samples, users, single, seed));
  blender.weights = (bagged / bagged.abs().sum().clamp_min(1e-6) + linear / linear.abs().sum().clamp_min(1e-6)) / 2;
  return blender;
}

// Starts from the blend, at the scale of the linear fit, and stops at the epoch that is best on a fifth of the users,
// which are held out: with few users a network can only learn noise, and the blend then stays as it is.
Blender fit_network(const RankerSamples& samples, std::span<const int64_t> users, const std::vector<double>& single,
                    uint64_t seed) {
  std::vector<int64_t> inside, validation_users;
  for (size_t i = 0; i < users.size(); ++i) {
    (i % kValidationEvery == kValidationEvery - 1 ? validation_users : inside).push_back(users[i]);
  }
  const at::Tensor linear = fit_by_gradient("linear", samples, inside, seed, tensor_of(single)).weights;
  const at::Tensor blend = fit_blend(samples, inside, single, seed, linear).weights;
  return fit_by_gradient("network", samples, inside, seed, blend * linear.abs().sum(), validation_users);
}

}  // namespace

Blender fit_blender(const std::string& name, const RankerSamples& samples, std::span<const int64_t> users,
                    uint64_t seed) {
  Blender blender;
  blender.name = name;
  if (users.empty()) {
    blender.weights = at::ones({samples.num_models()});
    return blender;
  }
  const std::vector<double> single = fit_single(samples, users);
  if (name == "single") {
    blender.weights = tensor_of(single);
    return blender;
  }
  if (name == "blend") {
    const at::Tensor linear = fit_by_gradient("linear", samples, users, seed, tensor_of(single)).weights;
    blender = fit_blend(samples, users, single, seed, linear);
    // A model with a tiny weight is dropped, so that a list need not be scored by it.
    blender.weights.masked_fill_(blender.weights.abs().lt(kLeastWeight * blender.weights.abs().sum()), 0);
    return blender;
  }
  if (name == "network") {
    return fit_network(samples, users, single, seed);
  }
  return fit_by_gradient(name, samples, users, seed, tensor_of(single));
}

}  // namespace haina
