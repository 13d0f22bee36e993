// A session of the store for readers, one at a time.
#pragma once

#include <mutex>
#include <utility>

#include "store/store.h"

namespace haina {

class SharedStore {
 public:
  explicit SharedStore(Store store) : store_(std::move(store)) {}
  template <class Read>
  auto with(const Read& read) {
    const std::scoped_lock lock(mutex_);
    return read(store_);
  }

 private:
  std::mutex mutex_;
  Store store_;  // guarded by mutex_
};

}  // namespace haina
