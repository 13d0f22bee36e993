// Who calls, by what a browser says: the Host that it was asked for, the Origin of the page that asks, and the type of
// the body. A page of another site can make a browser send requests to localhost, but not choose these.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace haina {

// "localhost" of "LocalHost:8080", "[::1]" of "[::1]:80".
std::string host_without_port(std::string_view host);
// Whether the page is of this service itself, as reached by `host`: "http://localhost:8080" and "localhost:8080".
bool is_same_site(std::string_view origin, std::string_view host);
// application/json, application/x-ndjson, or another type that ends in +json.
bool is_json_type(std::string_view content_type);
// image/…, audio/…, video/…, or application/octet-stream.
bool is_media_type(std::string_view content_type);

}  // namespace haina
