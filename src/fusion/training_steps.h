// What an epoch consists of, for either form of the network: which users or histories a step reads, and its loss.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/params.h"
#include "base/seed.h"
#include "fusion/adam.h"
#include "fusion/fusion.h"
#include "fusion/losses.h"
#include "fusion/trend.h"

namespace haina {

class TrainingSteps {
 public:
  virtual ~TrainingSteps() = default;
  // The users whose order is shuffled before each epoch; empty if there is nothing to learn from.
  virtual std::vector<int32_t> users() const = 0;
  // What each step of an epoch reads, from the shuffled users.
  virtual std::vector<std::vector<int32_t>> plan(std::span<const int32_t> order, RandomStream& random) const = 0;
  virtual at::Tensor loss(std::span<const int32_t> step, StepContext& context) const = 0;
  // At `step` of `total`; peak: the parameter learning_rate.
  virtual double learning_rate(double peak, int64_t step, int64_t total) const = 0;
  virtual AdamOptions adam() const = 0;
  // Why users() is empty.
  virtual Error nothing_to_learn() const;
};

// data and trend must outlive the steps. trend: nullptr if events have no times.
std::unique_ptr<TrainingSteps> make_steps(NetworkForm form, const FusionData& data, const Params& params,
                                          const Trend* trend);

}  // namespace haina
