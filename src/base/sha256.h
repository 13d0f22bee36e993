// SHA-256 of bytes that come in parts, by OpenSSL.
#pragma once

#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace haina {

// Two lower-case hexadecimal digits for each byte.
std::string to_hex(std::span<const unsigned char> bytes);

class Sha256 {
 public:
  Sha256();
  void add(const void* bytes, size_t size);
  // 64 hexadecimal digits of all that was added. Called once, at the end.
  std::string hex();

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

}  // namespace haina
