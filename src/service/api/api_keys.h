// The store's API keys, kept in memory and read again every two seconds, so that a key that another process adds or
// revokes takes effect, and requests never wait for the store.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "store/store.h"

namespace haina {

class KeyRing {
 public:
  // Reads the keys. kIo if the store cannot be read.
  static Result<std::unique_ptr<KeyRing>> open(Store store);
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;
  ~KeyRing();
  // The entry of a secret key, without its hash; nothing if there is no such key. While the ring is open, every secret
  // is an admin's. Any thread.
  std::optional<ApiKey> find(const std::string& secret) const;
  // Whether no key was ever in use: everybody who reaches the service may do everything but add keys.
  bool is_open() const;
  // Reads the store now; call it after this service added or revoked a key. Where the store cannot be read, the keys
  // stay as they were last read. Any thread.
  void read_again();

 private:
  explicit KeyRing(Store store) : store_(std::move(store)) {}
  Status read();

  static constexpr std::chrono::seconds kReadAgainAfter{2};
  std::mutex reading_;
  Store store_;  // guarded by reading_
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<ApiKey> keys_;  // guarded by mutex_
  bool closed_ = false;       // guarded by mutex_: the store has had a key
  bool ending_ = false;       // guarded by mutex_
  std::thread thread_;        // last, since it uses all of the above
};

}  // namespace haina
