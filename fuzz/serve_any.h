// Sends any bytes to a socket of the service, whose handler parses the request's body in every way that a route does.
// For the fuzzer, and for the tests that replay its corpus.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "body_any.h"
#include "service/api/request_context.h"
#include "service/http/http_server.h"

namespace haina {

inline const HttpServer& reading_server() {
  static const Result<HttpServer> server =
      HttpServer::start({.threads = 1, .most_body = 1 << 16, .seconds = 0.5},
                        [](const HttpRequest& request, HttpServer::Respond respond) {
                          respond(json_response(200, {{"read", read_bodies(request.body)}}));
                        });
  HAINA_ASSERT(server.has_value());
  return *server;
}

// Sends the bytes, and reads until the server closes the connection.
inline void serve_any(std::string_view bytes) {
  const uint16_t port = reading_server().port();
  const int peer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(peer, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        break;
      }
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    ::shutdown(peer, SHUT_WR);
    char answer[4096];
    while (::recv(peer, answer, sizeof answer, 0) > 0) {
    }
  }
  ::close(peer);
}

}  // namespace haina
