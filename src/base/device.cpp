#include "base/device.h"

#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <dlfcn.h>

namespace haina {
namespace {

// Why no GPU can be used; empty: one can.
std::string open_cuda() {
  if (!c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA)) {
    // The driver first: without it libtorch's half, of some GB, would be read for nothing.
    for (const char* const library : {"libcuda.so.1", "libtorch_cuda.so"}) {
      if (::dlopen(library, RTLD_NOW | RTLD_GLOBAL) == nullptr) {
        return ::dlerror();
      }
    }
  }
  if (!c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA)) {
    return "libtorch_cuda.so is of another libtorch";
  }
  return c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->deviceCount() > 0 ? "" : "the driver shows no GPU";
}

}  // namespace

const std::vector<std::string>& device_names() {
  static const std::vector<std::string> names = {"auto", "cpu", "cuda"};
  return names;
}

Result<at::Device> find_device(const std::string& asked, const std::string& where) {
  if (asked == "cpu") {
    return at::Device(at::kCPU);
  }
  static const std::string missing = open_cuda();
  if (missing.empty()) {
    return at::Device(at::kCUDA, 0);
  }
  if (asked == "cuda") {
    return fail({ErrorCode::kUnsupported, "device = \"cuda\", and no GPU can be used: " + missing, where,
                 "see that nvidia-smi shows a GPU, and run tools/setup --cuda for CUDA's libraries; or write "
                 "device = \"auto\""});
  }
  return at::Device(at::kCPU);
}

}  // namespace haina
