#include "service/api/api_keys.h"

#include "base/log.h"

namespace haina {

Result<std::unique_ptr<KeyRing>> KeyRing::open(Store store) {
  std::unique_ptr<KeyRing> ring(new KeyRing(std::move(store)));
  HAINA_OK(ring->read());
  ring->thread_ = std::thread([raw = ring.get()] {
    std::unique_lock lock(raw->mutex_);
    while (!raw->ended_.wait_for(lock, kReadAgainAfter, [raw] { return raw->ending_; })) {
      lock.unlock();
      raw->read_again();
      lock.lock();
    }
  });
  return ring;
}

KeyRing::~KeyRing() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  ended_.notify_one();
  if (thread_.joinable()) {
    thread_.join();
  }
}

Status KeyRing::read() {
  const std::scoped_lock reading(reading_);
  HAINA_TRY(std::vector<ApiKey> keys, store_.keys());
  HAINA_TRY(const bool had_keys, store_.has_had_keys());
  const std::scoped_lock lock(mutex_);
  keys_ = std::move(keys);
  closed_ = closed_ || had_keys || !keys_.empty();
  return ok();
}

std::optional<ApiKey> KeyRing::find(const std::string& secret) const {
  const std::string hash = hash_of_key(secret);
  const std::scoped_lock lock(mutex_);
  if (!closed_) {
    return ApiKey{.name = "", .scope = Scope::kAdmin};
  }
  std::optional<ApiKey> found;
  for (const ApiKey& known : keys_) {  // compares with all of them, so that the time does not tell which one matched
    if (same_hash(known.hash, hash)) {
      found = ApiKey{.name = known.name, .scope = known.scope, .hash = {}, .tenant = known.tenant};
    }
  }
  return found;
}

bool KeyRing::is_open() const {
  const std::scoped_lock lock(mutex_);
  return !closed_;
}

void KeyRing::read_again() {
  if (const Status status = read(); !status) {
    log_warning("the keys could not be read again, those of before stay: " + status.error().what);
  }
}

}  // namespace haina
