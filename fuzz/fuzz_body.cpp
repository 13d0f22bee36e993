// A libFuzzer program for the bodies of requests, without the socket: many more a second than fuzz_http.
#include <cstddef>
#include <cstdint>

#include "body_any.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  haina::read_bodies({reinterpret_cast<const char*>(data), size});
  return 0;
}
