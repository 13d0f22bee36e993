// A libFuzzer program for the reader of HAINA_FUZZ_FORMAT.
#include <cstddef>
#include <cstdint>

#include "read_any.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  haina::read_any(HAINA_FUZZ_FORMAT, {reinterpret_cast<const char*>(data), size});
  return 0;
}
