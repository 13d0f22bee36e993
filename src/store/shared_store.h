// A session of the store that several threads read, one at a time.
#pragma once

#include <chrono>
#include <mutex>
#include <utility>

#include "store/store.h"

namespace haina {

class SharedStore {
 public:
  explicit SharedStore(Store store) : store_(std::move(store)) {}
  // Runs `query`: Store& -> Result<…>, which must not change the store. On a database server a failed query is run a
  // second time, since the first one may have found a broken connection and renewed it. kIo where another query holds
  // the session for longer than kPatience: a database that hangs must not take all threads.
  template <class Query>
  auto read(const Query& query) {
    const std::unique_lock lock(mutex_, kPatience);
    decltype(query(store_)) result =
        lock ? query(store_) : fail({ErrorCode::kIo, "the store does not answer", "", "check that the database runs"});
    return result || !lock || !store_.is_shared() ? result : query(store_);
  }

 private:
  static constexpr std::chrono::seconds kPatience{2};
  std::timed_mutex mutex_;
  Store store_;  // guarded by mutex_
};

}  // namespace haina
