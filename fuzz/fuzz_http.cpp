// A libFuzzer program for the service's socket.
#include <cstddef>
#include <cstdint>

#include "serve_any.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  haina::serve_any({reinterpret_cast<const char*>(data), size});
  return 0;
}
