// A session of the store for readers, one at a time.
#pragma once

#include <mutex>
#include <utility>

#include "store/store.h"

namespace haina {

class SharedStore {
 public:
  explicit SharedStore(Store store) : store_(std::move(store)) {}
  // read: Store& -> Result<…>, that changes nothing. A server that was away is asked once more.
  template <class Read>
  auto with(const Read& read) {
    const std::scoped_lock lock(mutex_);
    auto result = read(store_);
    return result || !store_.is_shared() ? result : read(store_);
  }

 private:
  std::mutex mutex_;
  Store store_;  // guarded by mutex_
};

}  // namespace haina
