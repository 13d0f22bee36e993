// Who may do what: the store's keys, read again now and then, so that a key added or revoked beside a running service
// counts within seconds.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace haina {

class KeyRing {
 public:
  explicit KeyRing(Store store) : store_(std::move(store)) {}
  // The entry of that key, without its hash. As long as the store never had a key everything is allowed to everyone;
  // then what the key's scope and tenant say, also once the last one is revoked. Nothing: no such key. Any thread. kIo
  // where the store cannot be read.
  Result<std::optional<ApiKey>> find(const std::string& key);
  // After a key was added or revoked by this service itself.
  void read_again();

 private:
  static constexpr std::chrono::seconds kFresh{2};
  std::mutex mutex_;
  Store store_;               // guarded by mutex_
  std::vector<ApiKey> keys_;  // guarded by mutex_
  bool locked_ = false;       // guarded by mutex_: there have been keys
  std::chrono::steady_clock::time_point read_at_{};
};

}  // namespace haina
