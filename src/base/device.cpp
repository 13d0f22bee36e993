#include "base/device.h"

#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <dlfcn.h>

#include "base/log.h"

namespace haina {
namespace {

constexpr const char* kHint =
    "check that nvidia-smi shows a GPU, and run tools/setup --cuda to install CUDA's libraries; or write device = ";

bool open_library(const char* name) { return ::dlopen(name, RTLD_NOW | RTLD_GLOBAL) != nullptr; }

// The reason why no GPU can be used; empty if one can.
std::string open_cuda() {
  // The driver comes first: without it, reading libtorch's CUDA library (some GB) would be useless.
  const bool is_loaded = c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA);
  if (!is_loaded && !open_library("libcuda.so.1")) {
    return ::dlerror();
  }
  if (!is_loaded && !open_library("libtorch_cuda.so")) {
    const std::string why = ::dlerror();
    log_warning("training on the CPU although an NVIDIA driver is installed: " + why + "\n  hint: " + kHint +
                "\"cpu\"");
    return why;
  }
  if (!c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA)) {
    return "libtorch_cuda.so belongs to another version of libtorch";
  }
  return c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->deviceCount() > 0 ? "" : "the driver reports no GPU";
}

}  // namespace

const std::vector<std::string>& device_names() {
  static const std::vector<std::string> names = {"auto", "cpu", "cuda"};
  return names;
}

Result<at::Device> find_device(const std::string& name, const std::string& where) {
  if (name == "cpu") {
    return at::Device(at::kCPU);
  }
  static const std::string missing = open_cuda();
  if (missing.empty()) {
    return at::Device(at::kCUDA, 0);
  }
  if (name == "cuda") {
    return fail({ErrorCode::kUnsupported, "device = \"cuda\", but no GPU can be used: " + missing, where,
                 std::string(kHint) + "\"auto\""});
  }
  return at::Device(at::kCPU);
}

}  // namespace haina
