// Sentences as lines for a terminal.
#pragma once

#include <string>

namespace haina {

inline constexpr size_t kScreenWidth = 100;

// Lines of at most kScreenWidth bytes, cut at blanks; a longer word stands alone. Lines after the first begin with
// `indent`.
std::string wrapped(const std::string& sentence, const std::string& indent = "");

}  // namespace haina
