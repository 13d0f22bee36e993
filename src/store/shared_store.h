// A session of the store that several threads read, one at a time.
#pragma once

#include <mutex>
#include <utility>

#include "store/store.h"

namespace haina {

class SharedStore {
 public:
  explicit SharedStore(Store store) : store_(std::move(store)) {}
  // Runs `query`: Store& -> Result<…>, which must not change the store. On a database server a failed query is run a
  // second time, since the first one may have found a broken connection and renewed it.
  template <class Query>
  auto read(const Query& query) {
    const std::scoped_lock lock(mutex_);
    auto result = query(store_);
    return result || !store_.is_shared() ? result : query(store_);
  }

 private:
  std::mutex mutex_;
  Store store_;  // guarded by mutex_
};

}  // namespace haina
