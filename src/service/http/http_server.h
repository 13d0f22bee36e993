// An HTTP/1.1 server over TCP or TLS with limits on what it reads. Requests may be answered later and on any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace haina {

struct HttpRequest {
  std::string method;  // "GET"
  std::string target;  // still encoded, "/v1/users/4%202?k=3"
  std::string content_type;
  std::string key;  // from X-API-Key or Authorization: Bearer; empty: none
  std::string body;
  std::string id = {};           // from X-Request-Id; empty: none
  std::string origin = {};       // from Origin: the web page that calls; empty: none
  std::string peer = {};         // the client's address
  std::string api_version = {};  // from X-API-Version; empty: none
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
};

class HttpServer {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    uint16_t port = 0;  // 0: any free one
    int threads = 1;
    uint64_t most_body = 8 << 20;     // bytes; a larger body gets 413
    uint32_t most_header = 16 << 10;  // bytes; a larger header gets 431
    int64_t most_connections = 1024;  // further ones get 503, and are closed at once beyond twice as many
    std::string certificate = {}, private_key = {};  // PEM files; if both are given, only TLS 1.2 or newer
    double seconds = 30;                             // time limit for receiving a request, and for an idle connection
  };
  using Respond = std::function<void(HttpResponse)>;
  // Called on one of the server's threads. It must call `respond` exactly once, on any thread, at any later time, even
  // after the server has ended.
  using Handler = std::function<void(const HttpRequest&, Respond respond)>;

  // kIo if the address cannot be listened on.
  static Result<HttpServer> start(const Options& options, Handler handler);
  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) = delete;
  // Stops accepting connections, waits up to two seconds for requests in flight, then ends.
  ~HttpServer();
  uint16_t port() const;

 private:
  struct State;
  explicit HttpServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // shared with the requests that are not answered yet
};

}  // namespace haina
