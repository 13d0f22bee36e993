// The losses of a training step, for both forms of the network.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include "base/seed.h"
#include "fusion/masked_batches.h"
#include "fusion/module.h"
#include "fusion/pair_sampler.h"
#include "fusion/sequence_sampler.h"
#include "fusion/trend.h"

namespace haina {

struct StepContext {
  FusionModule& module;
  const Trend* trend;                // nullptr if events have no times; its tables are on the module's device
  bool bf16;                         // whether large products have bfloat16 factors
  RandomStream& random;              // for source dropout and for dropout in the sequence form
  at::Generator& dropout_generator;  // for dropout in the set form
};

// Whether the device multiplies bfloat16 faster than float32.
bool has_fast_bf16(at::Device device);

// Aligns the sources of an item: for up to 512 items drawn from `rows` (undefined: from all items), the vector of one
// random source and the sum of the other sources must match each other among those of the other items. InfoNCE in both
// directions (van den Oord et al. 2018; Radford et al. 2021), temperature 0.1. Zero if fewer than two items have both.
// float32 []
at::Tensor alignment_loss(const at::Tensor& rows, StepContext& context);
// Softmax cross-entropy of the removed items against all that were not kept. The batch is on the module's device.
// float32 []
at::Tensor set_loss(const Batch& batch, StepContext& context);
// Softmax cross-entropy of each position's next item against all items or against the batch's candidates. A candidate's
// logit is lowered by the log of its probability to be a candidate (Bengio and Senécal 2008), except for the target
// itself. float32 []
at::Tensor sequence_loss(const SequenceBatch& batch, StepContext& context);
// Binary cross-entropy of pairs. float32 []
at::Tensor pair_loss(const PairBatch& batch, StepContext& context);

}  // namespace haina
