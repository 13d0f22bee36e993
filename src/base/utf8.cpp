#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace haina {

bool is_valid_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    // Eight bytes of ASCII at a time.
    for (uint64_t word = 0; i + sizeof word <= text.size(); i += sizeof word) {
      std::memcpy(&word, text.data() + i, sizeof word);
      if ((word & 0x8080808080808080ULL) != 0) {
        break;
      }
    }
    if (i >= text.size()) {
      break;
    }
    const auto byte = [&](size_t k) { return static_cast<unsigned char>(text[k]); };
    const unsigned char first = byte(i);
    size_t length = 1;
    uint32_t code = first;
    if (first >= 0x80) {
      length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
      if (first < 0xC2 || first > 0xF4 || i + length > text.size()) {
        return false;
      }
      code = first & (0xFFU >> (length + 1));
      for (size_t k = 1; k < length; ++k) {
        if ((byte(i + k) & 0xC0U) != 0x80) {
          return false;
        }
        code = (code << 6U) | (byte(i + k) & 0x3FU);
      }
      const bool shortest =
          (length == 2 && code >= 0x80) || (length == 3 && code >= 0x800) || (length == 4 && code >= 0x10000);
      if (!shortest || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

std::string latin1_to_utf8(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x80) {
      result += c;
    } else {
      result += static_cast<char>(0xC0U | (code >> 6U));
      result += static_cast<char>(0x80U | (code & 0x3FU));
    }
  }
  return result;
}

}  // namespace haina
