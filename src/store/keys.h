// API keys: 256 random bits, shown once; the store has their SHA-256 alone.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace haina {

enum class Scope { kRead, kWrite, kAdmin };  // each may do what the ones before it may
std::string_view to_string(Scope scope);
Result<Scope> parse_scope(const std::string& text);

struct ApiKey {
  std::string name;
  Scope scope = Scope::kRead;
  std::string hash = {};    // hexadecimal SHA-256 of the key
  std::string tenant = {};  // not empty: only users "TENANT:…" are this key's
  bool may_touch(std::string_view user) const {
    return tenant.empty() ||
           (user.size() > tenant.size() + 1 && user.starts_with(tenant) && user[tenant.size()] == ':');
  }
};

// "haina_" and 43 letters of base64url. kIo where the system has no randomness to give.
Result<std::string> new_key();
std::string hash_of_key(std::string_view key);
// In a time that does not depend on where two hashes differ.
bool same_hash(std::string_view one, std::string_view other);

}  // namespace haina
