#include "base/device.h"

#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <dlfcn.h>

#include "base/log.h"

namespace haina {
namespace {

constexpr const char* kMend =
    "see that nvidia-smi shows a GPU, and run tools/setup --cuda for CUDA's libraries; or write device = ";

bool open_library(const char* name) { return ::dlopen(name, RTLD_NOW | RTLD_GLOBAL) != nullptr; }

// Why no GPU can be used; empty: one can.
std::string open_cuda() {
  // The driver first: without it libtorch's half, of some GB, would be read for nothing.
  const bool there = c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA);
  if (!there && !open_library("libcuda.so.1")) {
    return ::dlerror();
  }
  if (!there && !open_library("libtorch_cuda.so")) {
    const std::string why = ::dlerror();
    log_warning("training on the CPU beside an NVIDIA driver: " + why + "\n  mend: " + kMend + "\"cpu\"");
    return why;
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
                 std::string(kMend) + "\"auto\""});
  }
  return at::Device(at::kCPU);
}

}  // namespace haina
