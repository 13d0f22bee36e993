#include "store/store_url.h"

#include <algorithm>
#include <string_view>

namespace haina {
namespace {

constexpr std::string_view kHidden = "…";

// The password that follows each "password=" ends with the parameter.
std::string without_parameters(std::string text) {
  constexpr std::string_view kName = "password=";
  for (size_t at = text.find(kName); at != std::string::npos; at = text.find(kName, at)) {
    at += kName.size();
    const bool quoted = at < text.size() && (text[at] == '\'' || text[at] == '"');
    const size_t closing = quoted ? text.find(text[at], at + 1) : 0;
    const size_t end =
        quoted ? (closing == std::string::npos ? closing : closing + 1) : text.find_first_of("& \t\n\"'", at);
    text.replace(at, std::min(end, text.size()) - at, kHidden);
  }
  return text;
}

}  // namespace

std::string without_password(const std::string& url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string::npos) {
    return without_parameters(url);
  }
  // A password may hold '@' and '/' although it should not: the last '@' before the parameters ends it.
  const size_t parameters = std::min(url.find('?', scheme), url.size());
  const size_t at = url.rfind('@', parameters);
  const size_t colon = url.find(':', scheme + 3);
  if (at == std::string::npos || at < scheme || colon > at) {
    return without_parameters(url);
  }
  return url.substr(0, colon + 1) + std::string(kHidden) + without_parameters(url.substr(at));
}

std::string without_passwords(const std::string& text) {
  std::string result;
  size_t begin = 0;
  for (size_t scheme = text.find("://"); scheme != std::string::npos; scheme = text.find("://", begin)) {
    const size_t word = std::max(begin, std::min(text.find_last_of(" \t\n\"'", scheme) + 1, scheme));
    const size_t end = std::min(text.find_first_of(" \t\n\"'", scheme), text.size());
    result += without_parameters(text.substr(begin, word - begin)) + without_password(text.substr(word, end - word));
    begin = end;
  }
  return result + without_parameters(text.substr(begin));
}

}  // namespace haina
