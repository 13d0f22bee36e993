// API keys: 256 random bits, shown once; the store has only their SHA-256.
#pragma once

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
  std::string hash = {};    // hexadecimal SHA-256 of the key
  std::string tenant = {};  // if not empty, the key may access only users "TENANT:…"
  bool may_touch(std::string_view user) const {
    return tenant.empty() ||
           (user.size() > tenant.size() + 1 && user.starts_with(tenant) && user[tenant.size()] == ':');
  }
};

// "haina_" and 43 characters of base64url. kIo if the system has no random bytes.
Result<std::string> new_key();
std::string hash_of_key(std::string_view key);
// Takes the same time wherever the hashes differ.
bool same_hash(std::string_view one, std::string_view other);

}  // namespace haina
