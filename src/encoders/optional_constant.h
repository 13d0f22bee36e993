// Settings that encode() needs after a restore. A file holds such a setting only if it differs from the default, so
// that files made before the setting existed are read as before.
#pragma once

#include <ATen/ATen.h>

#include <string>

#include "base/error.h"
#include "base/tensors_file.h"

namespace haina {

inline void put_unless_default(const std::string& name, double value, double default_value, TensorMap& into) {
  if (value != default_value) {
    into[name] = at::full({1}, value, at::kDouble);
  }
}

inline Result<double> take_or_default(const TensorMap& from, const std::string& name, double default_value,
                                      const std::string& where) {
  if (!from.contains(name)) {
    return default_value;
  }
  HAINA_TRY(const at::Tensor value, take_tensor(from, name, at::kDouble, 1, where));
  if (value.numel() != 1) {
    return fail({ErrorCode::kBadData, "setting '" + name + "' is not one number", where, "run haina train again"});
  }
  return value.item<double>();
}

}  // namespace haina
