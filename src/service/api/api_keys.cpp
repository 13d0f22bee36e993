#include "service/api/api_keys.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/log.h"

namespace haina {
namespace {

constexpr int64_t kDayUs = int64_t{86'400'000'000};

}  // namespace

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
  note_uses();
  HAINA_TRY(std::vector<ApiKey> keys, store_.keys());
  HAINA_TRY(const bool had_keys, store_.has_had_keys());
  const std::scoped_lock lock(mutex_);
  keys_ = std::move(keys);
  closed_ = closed_ || had_keys || !keys_.empty();
  return ok();
}

KeyRing::Match KeyRing::match(const std::string& secret) const {
  const std::string hash = hash_of_key(secret);
  Match found;
  for (const ApiKey& known : keys_) {  // compares with all of them, so that the time does not tell which one matched
    const bool is_current = same_hash(known.hash, hash), was_before = same_hash(known.old_hash, hash);
    if (is_current) {
      found = {&known, known.expires_us};
    } else if (was_before) {
      const bool expires_first = known.expires_us != 0 && known.expires_us < known.old_until_us;
      found = {&known, expires_first ? known.expires_us : known.old_until_us};
    }
  }
  return found;
}

std::optional<ApiKey> KeyRing::find(const std::string& secret) const {
  const int64_t now = now_us();
  const std::scoped_lock lock(mutex_);
  if (!closed_) {
    return ApiKey{.name = "", .scope = Scope::kAdmin};
  }
  const auto [known, until_us] = match(secret);
  if (known == nullptr || (until_us != 0 && now >= until_us)) {
    return std::nullopt;
  }
  const int64_t day = now / kDayUs;
  if (known->used_day < day) {
    uses_[known->name] = day;
  }
  return ApiKey{.name = known->name, .scope = known->scope, .hash = {}, .tenant = known->tenant};
}

Error KeyRing::why_not(const std::string& secret) const {
  const std::scoped_lock lock(mutex_);
  const auto [known, until_us] = match(secret);
  if (secret.empty() || known == nullptr) {
    return {ErrorCode::kInvalidArgument, secret.empty() ? "no API key was sent" : "the API key is unknown", "",
            "send a key as X-API-Key or Authorization: Bearer; haina keys add makes one"};
  }
  const bool rotated = until_us != known->expires_us;
  return {
      ErrorCode::kInvalidArgument,
      fmt::format("the API key {} {}", rotated ? "was replaced; this secret ended" : "expired", expiry_text(until_us)),
      "",
      rotated ? "use the secret that the rotation gave"
              : "revoke it and add another: haina keys revoke, haina keys add --expires"};
}

void KeyRing::note_uses() {
  std::map<std::string, int64_t> uses;
  {
    const std::scoped_lock lock(mutex_);
    uses.swap(uses_);
  }
  for (const auto& [name, day] : uses) {
    if (const Status noted = store_.note_key_use(name, day); !noted) {
      log_warning("the day of a key's last use could not be stored: " + noted.error().what);
      return;
    }
  }
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
