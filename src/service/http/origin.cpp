#include "service/http/origin.h"

#include <algorithm>

#include "base/ascii.h"

namespace haina {
std::string host_without_port(std::string_view host) {
  const size_t bracket = host.find(']');
  const size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string name = ascii_lower(std::string(host.substr(0, colon)));
  if (name.ends_with('.')) {
    name.pop_back();
  }
  return name;
}

bool is_same_site(std::string_view origin, std::string_view host) {
  const std::string page = ascii_lower(std::string(origin)), here = ascii_lower(std::string(host));
  return page == "http://" + here || page == "https://" + here;
}

namespace {

// Lower case, without parameters and blanks.
std::string bare_type(std::string_view content_type) {
  std::string type = ascii_lower(std::string(content_type.substr(0, content_type.find(';'))));
  type.erase(0, std::min(type.find_first_not_of(" \t"), type.size()));
  type.erase(type.find_last_not_of(" \t") + 1);
  return type;
}

}  // namespace

bool is_json_type(std::string_view content_type) {
  const std::string type = bare_type(content_type);
  return type == "application/json" || type == "application/x-ndjson" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

bool is_media_type(std::string_view content_type) {
  const std::string type = bare_type(content_type);
  return type.starts_with("image/") || type.starts_with("audio/") || type.starts_with("video/") ||
         type == "application/octet-stream";
}

}  // namespace haina
