#include "config/toml_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace haina {

std::string toml_string(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    result += c == '"' || c == '\\'                               ? std::string("\\") + c
              : c == '\t'                                         ? "\\t"
              : static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? fmt::format("\\u{:04x}", static_cast<int>(c))
                                                                  : std::string(1, c);
  }
  return result + "\"";
}

std::string toml_key(const std::string& key) {
  const bool bare = !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return bare ? key : toml_string(key);
}

}  // namespace haina
