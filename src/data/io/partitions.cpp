#include "data/io/partitions.h"

#include <charconv>
#include <cstddef>

namespace haina {
namespace {

std::string decoded(const std::string& text) {
  std::string result;
  for (size_t at = 0; at < text.size(); ++at) {
    unsigned code = 0;
    const char* const digits = text.data() + at + 1;
    if (text[at] == '%' && at + 2 < text.size() && std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
      result += static_cast<char>(code);
      at += 2;
    } else {
      result += text[at];
    }
  }
  return result == "__HIVE_DEFAULT_PARTITION__" ? "" : result;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> partitions_of(const std::filesystem::path& path) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const std::filesystem::path& part : path.parent_path()) {
    const std::string name = part.string();
    const size_t equals = name.find('=');
    if (equals != std::string::npos && equals > 0) {
      found.emplace_back(decoded(name.substr(0, equals)), decoded(name.substr(equals + 1)));
    }
  }
  return found;
}

}  // namespace haina
