// Texts and keys as TOML writes them, so that no text can become configuration.
#pragma once

#include <string>

namespace haina {

// In double quotes, with everything escaped that would end or change the text.
std::string toml_string(const std::string& text);
// Bare where TOML allows it, else quoted.
std::string toml_key(const std::string& key);

}  // namespace haina
