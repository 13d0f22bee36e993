#include "service/http/accept_encoding.h"

#include <algorithm>
#include <string>

#include "base/ascii.h"

namespace haina {
namespace {

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  text.remove_suffix(text.size() - (text.find_last_not_of(" \t") + 1));
  return text;
}

// A weight of 0 ("q=0", "q=0.000") refuses.
bool is_refused(std::string_view parameters) {
  const size_t at = parameters.find("q=");
  return at != std::string_view::npos &&
         trimmed(parameters.substr(at + 2)).find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool accepts_encoding(std::string_view header, std::string_view coding) {
  bool any = false;
  while (!header.empty()) {
    const size_t comma = std::min(header.find(','), header.size());
    const std::string entry = ascii_lower(std::string(header.substr(0, comma)));
    header.remove_prefix(std::min(comma + 1, header.size()));
    const size_t semicolon = std::min(entry.find(';'), entry.size());
    const std::string_view name = trimmed(std::string_view(entry).substr(0, semicolon));
    const bool taken = !is_refused(std::string_view(entry).substr(semicolon));
    if (name == coding) {
      return taken;
    }
    any = any || (name == "*" && taken);
  }
  return any;
}

}  // namespace haina
