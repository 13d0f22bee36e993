// Where training computes: the CPU, or a GPU whose libraries are opened when they are asked for, so that the same
// program runs where there are none.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "base/error.h"

namespace haina {

// What find_device() takes: "auto", "cpu", "cuda".
const std::vector<std::string>& device_names();

// "auto": the first GPU that CUDA shows (CUDA_VISIBLE_DEVICES says which), else the CPU; "cuda": that GPU, kUnsupported
// where there is none, with why. The first call that looks for a GPU opens libtorch_cuda.so.
Result<at::Device> find_device(const std::string& asked, const std::string& where);

}  // namespace haina
