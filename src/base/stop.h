// A request to stop (Ctrl-C, a time-out), polled by long work at least every 50 ms.
#pragma once

#include <atomic>

namespace haina {

class StopFlag {
 public:
  void request() { requested_.store(true, std::memory_order_relaxed); }
  bool requested() const { return requested_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> requested_{false};
};

}  // namespace haina
