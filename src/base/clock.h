// The current time in the unit of events.
#pragma once

#include <chrono>
#include <cstdint>

namespace haina {

// Microseconds since 1970 UTC.
inline int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace haina
