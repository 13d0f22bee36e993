// The engine that serves: replaced whole, while requests finish on the one they began with.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "engine/engine.h"

namespace haina {

class EngineSlot {
 public:
  std::shared_ptr<Engine> get() const {
    const std::scoped_lock lock(mutex_);
    return engine_;
  }
  void set(std::shared_ptr<Engine> engine) {
    const std::scoped_lock lock(mutex_);
    engine_.swap(engine);
  }  // the old one ends with its last request, outside the lock

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Engine> engine_;  // guarded by mutex_
};

}  // namespace haina
