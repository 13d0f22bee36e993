// A libFuzzer program for the store: what was written comes back, and a damaged file ends nobody.
#include <cstddef>
#include <cstdint>

#include "store_any.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  haina::store_any({reinterpret_cast<const char*>(data), size});
  return 0;
}
