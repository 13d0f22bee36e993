#include "store/keys.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "base/suggest.h"

namespace haina {

std::string_view to_string(Scope scope) {
  return scope == Scope::kRead ? "read" : scope == Scope::kWrite ? "write" : "admin";
}

Result<Scope> parse_scope(const std::string& text) {
  static const std::vector<std::string> known = {"read", "write", "admin"};
  for (const Scope scope : {Scope::kRead, Scope::kWrite, Scope::kAdmin}) {
    if (text == to_string(scope)) {
      return scope;
    }
  }
  return fail(
      {ErrorCode::kInvalidArgument, fmt::format("unknown scope '{}'", text), "--scope", did_you_mean(text, known)});
}

Result<std::string> new_key() {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<unsigned char, 43> bytes = {};  // six bits of each
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return fail({ErrorCode::kIo, "the system has no random bytes", "", "check /dev/urandom"});
  }
  std::string key = "haina_";
  for (const unsigned char byte : bytes) {
    key += kLetters[byte % kLetters.size()];
  }
  return key;
}

std::string hash_of_key(std::string_view key) {
  Sha256 hash;
  hash.add(key.data(), key.size());
  return hash.hex();
}

bool same_hash(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace haina
