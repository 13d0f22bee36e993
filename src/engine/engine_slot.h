// The engine that serves. It is replaced whole, while requests finish on the engine that they started with.
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
  // The old engine is destroyed with its last request, outside the lock.
  void set(std::shared_ptr<Engine> engine) {
    const std::scoped_lock lock(mutex_);
    engine_.swap(engine);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Engine> engine_;  // guarded by mutex_
};

}  // namespace haina
