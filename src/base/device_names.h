// Names of devices, without libtorch's headers.
#pragma once

#include <string>
#include <vector>

namespace haina {

// What find_device() takes: "auto", "cpu", "cuda".
const std::vector<std::string>& device_names();

}  // namespace haina
