// Named tensors in one file, in the safetensors format (8-byte header length, JSON header, raw little-endian data). The
// Python package `safetensors` reads it. Source: the format's own specification,
// https://github.com/huggingface/safetensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

#include "base/error.h"

namespace haina {

using TensorMap = std::map<std::string, at::Tensor>;

// Writes contiguous CPU copies (float64/32/16, bfloat16, int64/32/16/8, uint8, bool), fsynced. Not atomic:
// write into an AtomicFolder. `metadata` holds strings for other readers.
Status save_tensors(const std::filesystem::path& path, const TensorMap& tensors,
                    const std::map<std::string, std::string>& metadata = {});

// Memory-mapped, private (copy on write); the mapping lives as long as any tensor in it. Every length is checked before
// use; a damaged file is kBadData.
Result<TensorMap> load_tensors(const std::filesystem::path& path);

// The tensor of that name with that dtype and number of dimensions, or kBadData naming the file.
Result<at::Tensor> take_tensor(const TensorMap& tensors, const std::string& name, at::ScalarType dtype, int64_t dims,
                               const std::string& where);

}  // namespace haina
