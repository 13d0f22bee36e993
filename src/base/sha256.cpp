#include "base/sha256.h"

#include <array>

#include "base/error.h"

namespace haina {

std::string to_hex(std::span<const unsigned char> bytes) {
  std::string hex;
  hex.reserve(2 * bytes.size());
  constexpr char kDigits[] = "0123456789abcdef";
  for (const unsigned char byte : bytes) {
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 15U];
  }
  return hex;
}

Sha256::Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
  const int done = EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  HAINA_ASSERT(done == 1);
}

void Sha256::add(const void* bytes, size_t size) {
  const int done = EVP_DigestUpdate(context_.get(), bytes, size);
  HAINA_ASSERT(done == 1);
}

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest = {};
  const int done = EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
  HAINA_ASSERT(done == 1);
  return to_hex(digest);
}

}  // namespace haina
