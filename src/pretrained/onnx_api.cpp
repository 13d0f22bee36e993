#include "pretrained/onnx_api.h"

#include <dlfcn.h>

#include <cstdlib>
#include <string>

#ifndef HAINA_ONNXRUNTIME_LIBRARY
#define HAINA_ONNXRUNTIME_LIBRARY "libonnxruntime.so.1"
#endif

namespace haina::onnx {
namespace {

constexpr uint32_t kApiVersion = 12;  // all declared entries are older

Result<Runtime> open_runtime() {
  const char* const given = std::getenv("HAINA_ONNXRUNTIME");
  const std::string file = given != nullptr && *given != '\0' ? given : HAINA_ONNXRUNTIME_LIBRARY;
  const auto refuse = [&](const std::string& why) {
    return fail({ErrorCode::kUnsupported, "ONNX Runtime cannot be used: " + why, file,
                 "run tools/setup, or name the library in the environment variable HAINA_ONNXRUNTIME"});
  };
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return refuse(dlerror());
  }
  const auto get_base = reinterpret_cast<const OrtApiBase* (*)()>(dlsym(library, "OrtGetApiBase"));
  const OrtApi* const api = get_base == nullptr ? nullptr : get_base()->GetApi(kApiVersion);
  if (api == nullptr) {
    return refuse("it has no API of version 12");
  }
  Runtime runtime = {.api = api};
  if (OrtStatus* const status = api->CreateEnv(kLogError, "haina", &runtime.env); status != nullptr) {
    const std::string why = api->GetErrorMessage(status);
    api->ReleaseStatus(status);
    return refuse(why);
  }
  return runtime;
}

}  // namespace

Result<Runtime> runtime() {
  static const Result<Runtime> opened = open_runtime();
  return opened;
}

}  // namespace haina::onnx
