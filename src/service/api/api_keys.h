// The store's API keys, kept in memory and read again every two seconds, so that a key that another process adds or
// revokes takes effect, and requests never wait for the store.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
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
  // The entry of a secret key, without its hash; nothing if there is no such key, it has expired, or it is the secret
  // before a rotation whose grace has ended. While the ring is open, every secret is an admin's. Notes the day of the
  // use, which is written to the store once a day and key. Any thread.
  std::optional<ApiKey> find(const std::string& secret) const;
  // Why find gives nothing, for the one who sent the secret: it is unknown, or since when it is not valid any more.
  Error why_not(const std::string& secret) const;
  // Whether no key was ever in use: everybody who reaches the service may do everything but add keys.
  bool is_open() const;
  // Reads the store now; call it after this service added or revoked a key. Where the store cannot be read, the keys
  // stay as they were last read. Any thread.
  void read_again();

 private:
  explicit KeyRing(Store store) : store_(std::move(store)) {}
  Status read();
  void note_uses();
  // The key that the secret is, or was before it was rotated.
  struct Match {
    const ApiKey* key = nullptr;
    int64_t until_us = 0;  // the secret is refused from then on; 0: never
  };
  Match match(const std::string& secret) const;  // under mutex_

  static constexpr std::chrono::seconds kReadAgainAfter{2};
  std::mutex reading_;
  Store store_;  // guarded by reading_
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<ApiKey> keys_;                     // guarded by mutex_
  mutable std::map<std::string, int64_t> uses_;  // key -> day; not in the store yet; guarded by mutex_
  bool closed_ = false;                          // guarded by mutex_: the store has had a key
  bool ending_ = false;                          // guarded by mutex_
  std::thread thread_;                           // last, since it uses all of the above
};

}  // namespace haina
