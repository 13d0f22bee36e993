// The store's API keys, read again every two seconds, so that a key that another process adds or revokes takes effect.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"

namespace haina {

class KeyRing {
 public:
  explicit KeyRing(Store store) : store_(std::move(store)) {}
  // The entry of a secret key, without its hash; nothing if there is no such key. As long as the store never had a key,
  // every secret is an admin's; after the last key is revoked, none is. Any thread. kIo if the store cannot be read.
  Result<std::optional<ApiKey>> find(const std::string& secret);
  // Call it after this service added or revoked a key: the next find() reads the store.
  void read_again();

 private:
  static constexpr std::chrono::seconds kReadAgainAfter{2};
  std::mutex mutex_;
  Store store_;                                      // guarded by mutex_
  std::vector<ApiKey> keys_;                         // guarded by mutex_
  bool locked_ = false;                              // guarded by mutex_: the store has had a key
  std::chrono::steady_clock::time_point read_at_{};  // guarded by mutex_
};

}  // namespace haina
