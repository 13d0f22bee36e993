#include "cli/wrapped.h"

#include <fmt/format.h>

#include <algorithm>

namespace haina {

std::string wrapped(const std::string& sentence, const std::string& indent) {
  std::string text;
  size_t line = 0;
  for (size_t begin = 0; begin < sentence.size();) {
    const size_t end = std::min(sentence.find(' ', begin), sentence.size());
    if (line > 0 && line + 1 + end - begin > kScreenWidth) {
      text += "\n" + indent;
      line = indent.size();
    } else if (begin > 0) {
      text += ' ';
      ++line;
    }
    text += sentence.substr(begin, end - begin);
    line += end - begin;
    begin = end + 1;
  }
  return text;
}

std::string counted(int64_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace haina
