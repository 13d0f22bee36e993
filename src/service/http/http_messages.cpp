#include "service/http/http_messages.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "service/http/problem_json.h"

namespace haina {

namespace beast = boost::beast;
namespace http = beast::http;

http::response<http::string_body> message_of(HttpResponse response, bool keep_alive, bool head) {
  http::response<http::string_body> message(static_cast<http::status>(response.status), 11);
  message.set(http::field::server, "haina");
  message.set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) {
    message.set(name, value);
  }
  message.keep_alive(keep_alive);
  message.body() = std::move(response.body);
  message.prepare_payload();
  if (head) {
    message.body().clear();
  }
  return message;
}

namespace {

std::string key_of(const http::request<http::string_body>& message) {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view given = message["X-API-Key"];
  const std::string_view authorization = message[http::field::authorization];
  return std::string(!given.empty()                       ? given
                     : authorization.starts_with(kBearer) ? authorization.substr(kBearer.size())
                                                          : std::string_view());
}

}  // namespace

std::optional<HttpResponse> answer_to_unreadable(beast::error_code code) {
  if (code == http::error::body_limit) {
    return problem(413, "the body is too large", "send smaller requests");
  }
  if (code == http::error::header_limit) {
    return problem(431, "the header is too large", "send fewer or shorter header fields");
  }
  if (code == http::error::end_of_stream || code == http::error::partial_message || code == beast::error::timeout ||
      code.category() != http::make_error_code(http::error::bad_method).category()) {
    return std::nullopt;
  }
  return problem(400, fmt::format("the request cannot be read: {}", code.message()), "send HTTP/1.1");
}

std::optional<HttpResponse> refusal_of_header(const http::request<http::string_body>& message) {
  const std::string_view encoding = message[http::field::transfer_encoding];
  const auto encodings = message.count(http::field::transfer_encoding);
  if (encodings > 1 || (encodings == 1 && (!beast::iequals(encoding, "chunked") || message.version() < 11))) {
    return problem(400, "this Transfer-Encoding is not supported", "send Content-Length, or chunked alone");
  }
  if (message.count(http::field::host) > 1) {
    return problem(400, "the header has several Host fields", "send one");
  }
  if (const std::string_view coding = message[http::field::content_encoding];
      !coding.empty() && !beast::iequals(coding, "identity")) {
    return problem(415, "a compressed body is not read", "send the body as it is, without Content-Encoding");
  }
  return std::nullopt;
}

HttpRequest request_of(const http::request<http::string_body>& message, const std::string& peer, bool has_body) {
  const bool head = message.method() == http::verb::head;
  return {.method = head ? "GET" : std::string(message.method_string()),
          .target = std::string(message.target()),
          .content_type = std::string(message[http::field::content_type]),
          .key = key_of(message),
          .body = {},
          .id = std::string(message["X-Request-Id"]),
          .origin = std::string(message[http::field::origin]),
          .peer = peer,
          .api_version = std::string(message["X-API-Version"]),
          .host = std::string(message[http::field::host]),
          .accept_encoding = std::string(message[http::field::accept_encoding]),
          .traceparent = std::string(message["traceparent"]),
          .has_body = has_body};
}

HttpResponse overfull(const std::string& what) {
  HttpResponse response = problem(503, what, "retry in a second");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace haina
