// What a step of training lowers, for both forms of the network.
#pragma once

#include <ATen/ATen.h>

#include "base/seed.h"
#include "fusion/masked_batches.h"
#include "fusion/module.h"
#include "fusion/sequences.h"
#include "fusion/trend.h"

namespace haina {

struct StepContext {
  FusionModule& module;
  const Trend* trend;    // nullptr where events have no times; its tables on the module's device
  bool halves;           // whether large products are of bfloat16, their sums float32
  RandomStream& random;  // sources dropped, and the masks of the sequence form
  at::Generator& draws;  // masks of the set form
};

// Whether it multiplies bfloat16 at more than the speed of float32.
bool multiplies_halves(at::Device device);

// Alignment of sources: of up to 512 items drawn from those rows (undefined: from all), what one source drawn says and
// what the others say must find each other among those of the rest: InfoNCE both ways (van den Oord et al. 2018;
// Radford et al. 2021), temperature 0.1. Zero where fewer than two items have both. float32 []
at::Tensor alignment_loss(const at::Tensor& rows, StepContext& context);
// Batches are on the module's device.
// Softmax cross-entropy of the removed items against all that were not kept. float32 []
at::Tensor set_loss(const Batch& batch, StepContext& context);
// Softmax cross-entropy of each position's next item against all items, or against the batch's candidates, each lowered
// by the log of its chance to be one (Bengio and Senécal 2008), the next item itself left as it is. float32 []
at::Tensor sequence_loss(const SequenceBatch& batch, StepContext& context);

}  // namespace haina
