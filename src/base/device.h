// The device that training runs on: the CPU, or a GPU. CUDA's libraries are opened at the first use, so that the same
// program runs on machines without them.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "base/device_names.h"
#include "base/error.h"

namespace haina {

// One of device_names(). "auto": the first GPU that CUDA shows (CUDA_VISIBLE_DEVICES selects it), else the CPU. "cuda":
// that GPU, or kUnsupported at `where` with the reason. The first call that looks for a GPU opens libtorch_cuda.so.
Result<at::Device> find_device(const std::string& name, const std::string& where);

}  // namespace haina
