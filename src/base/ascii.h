// Letters of ASCII; the bytes of all other characters stay as they are.
#pragma once

#include <algorithm>
#include <string>

namespace haina {

inline std::string ascii_lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace haina
