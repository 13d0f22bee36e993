// Between Beast's messages and the service's requests and answers.
#pragma once

#include <boost/beast/core/error.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <string>

#include "service/http/http_server.h"

namespace haina {

boost::beast::http::response<boost::beast::http::string_body> message_of(HttpResponse response, bool keep_alive,
                                                                         bool head);
// The request without its body.
HttpRequest request_of(const boost::beast::http::request<boost::beast::http::string_body>& message,
                       const std::string& peer, bool has_body);
// The answer to a request that cannot be read; nothing if the client has gone.
std::optional<HttpResponse> answer_to_unreadable(boost::beast::error_code code);
// What is wrong with a header that the parser accepts; nothing if it says plainly where the body ends. Else a proxy
// before the service and the service itself might see different requests.
std::optional<HttpResponse> refusal_of_header(
    const boost::beast::http::request<boost::beast::http::string_body>& message);
// 503 with Retry-After.
HttpResponse overfull(const std::string& what);

}  // namespace haina
