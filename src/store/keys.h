// API keys: 256 random bits, shown once; the store has only their SHA-256.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace haina {

enum class Scope { kRead, kWrite, kAdmin };  // each includes the ones before it
std::string_view to_string(Scope scope);
Result<Scope> parse_scope(const std::string& text);

struct ApiKey {
  std::string name;
  Scope scope = Scope::kRead;
  std::string hash = {};      // hexadecimal SHA-256 of the key
  std::string tenant = {};    // if not empty, the key may access only users "TENANT:…"
  int64_t created_us = 0;     // 0: by a release that did not record it
  int64_t expires_us = 0;     // from then on the key is refused; 0: never
  int64_t used_day = 0;       // of its last use, days since 1970 UTC; 0: not used yet
  std::string old_hash = {};  // of the secret before the last rotation, which is valid until old_until_us
  int64_t old_until_us = 0;
  bool may_touch(std::string_view user) const {
    return tenant.empty() ||
           (user.size() > tenant.size() + 1 && user.starts_with(tenant) && user[tenant.size()] == ':');
  }
};

// "haina_" and 43 characters of base64url. kIo if the system has no random bytes.
Result<std::string> new_key();
std::string hash_of_key(std::string_view key);
// When a key ends, from "90d", "12h", "30m" (from now_us on) or a date "2027-01-31" (its first moment, UTC) in the
// future; 0 for "never". kInvalidArgument for anything else.
Result<int64_t> parse_expiry(const std::string& text, int64_t now_us, const std::string& at);
// "2027-01-31T00:00:00Z"; "never" for 0.
std::string expiry_text(int64_t time_us);
// "2027-01-31"; "" for day 0.
std::string day_text(int64_t day);
// Takes the same time wherever the hashes differ.
bool same_hash(std::string_view one, std::string_view other);

}  // namespace haina
