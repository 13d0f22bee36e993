// A budget of bytes that all requests of a server share.
#pragma once

#include <atomic>
#include <cstdint>

namespace haina {

// Counts bytes of a shared budget while it exists.
struct Reserved {
  Reserved(std::atomic<uint64_t>& used, uint64_t most) : all(used), limit(most) {}
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;
  ~Reserved() { all -= mine; }
  // Whether there was room for that many in all.
  bool grow_to(uint64_t bytes) {
    const uint64_t more = bytes > mine ? bytes - mine : 0;
    mine += more;
    return (all += more) <= limit || more == 0;
  }
  std::atomic<uint64_t>& all;
  const uint64_t limit;
  uint64_t mine = 0;
};

}  // namespace haina
