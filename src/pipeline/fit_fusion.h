// Trains the fusion network as the configuration asks.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "base/error.h"
#include "config/config.h"
#include "fusion/fusion.h"
#include "pipeline/train.h"

namespace haina {

// nullopt where [train] network is "none", or is "auto" and the data do not suit a network (with a warning). epochs: 0:
// as the parameters say, stopped early by data.validation. Checkpoints are written only with validation, since the
// last fit on all events knows its epochs and is short.
Result<std::optional<FusionNetwork>> fit_fusion(const Config& config, const FusionData& data, int64_t epochs,
                                                at::Device device, const TrainOptions& options,
                                                FusionTraining& training);

}  // namespace haina
