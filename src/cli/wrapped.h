// Sentences as lines for a terminal.
#pragma once

#include <cstdint>
#include <string>

namespace haina {

inline constexpr size_t kScreenWidth = 100;

// Lines of at most kScreenWidth bytes, cut at blanks; a longer word stands alone. Lines after the first begin with
// `indent`.
std::string wrapped(const std::string& sentence, const std::string& indent = "");

// "1 version", "2 versions".
std::string counted(int64_t count, const std::string& noun);

}  // namespace haina
