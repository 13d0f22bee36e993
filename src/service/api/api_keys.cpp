#include "service/api/api_keys.h"

namespace haina {

Result<std::optional<ApiKey>> KeyRing::find(const std::string& secret) {
  const std::string hash = hash_of_key(secret);
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (read_at_ == std::chrono::steady_clock::time_point{} || now - read_at_ > kReadAgainAfter) {
    HAINA_TRY(keys_, store_.keys());
    read_at_ = now;
    locked_ = locked_ || !keys_.empty();
  }
  if (!locked_) {
    return std::optional(ApiKey{.name = "", .scope = Scope::kAdmin});
  }
  std::optional<ApiKey> found;
  for (const ApiKey& known : keys_) {  // compares with all of them, so that the time does not tell which one matched
    if (same_hash(known.hash, hash)) {
      found = ApiKey{.name = known.name, .scope = known.scope, .hash = {}, .tenant = known.tenant};
    }
  }
  return found;
}

void KeyRing::read_again() {
  const std::scoped_lock lock(mutex_);
  read_at_ = {};
}

}  // namespace haina
