// HTTP/1.1 over TCP: requests with limits in, answers out, in any thread and at any later moment.
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
  std::string target;  // as it came, "/v1/users/4%202?k=3"
  std::string content_type;
  std::string key;  // of X-API-Key, or of Authorization: Bearer; empty: none
  std::string body;
  std::string id = {};           // of X-Request-Id; empty: none
  std::string origin = {};       // of the page that a browser asks for; empty: none
  std::string peer = {};         // the other end's address
  std::string api_version = {};  // of X-API-Version; empty: none
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
    uint64_t most_body = 8 << 20;                    // bytes; beyond: 413
    uint32_t most_header = 16 << 10;                 // bytes; beyond: 431
    int64_t most_connections = 1024;                 // beyond: 503; beyond twice as many: closed at once
    std::string certificate = {}, private_key = {};  // PEM files; both: TLS (1.2 or newer) and nothing else
    double seconds = 30;                             // for one request to come in, or an idle connection to wait
  };
  using Respond = std::function<void(HttpResponse)>;
  // Called on one of the server's threads; `respond` exactly once, from any thread, also after the server's end.
  using Handler = std::function<void(const HttpRequest&, Respond respond)>;

  // kIo where the address cannot be listened on.
  static Result<HttpServer> start(const Options& options, Handler handler);
  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) = delete;
  // No new connection, requests in flight are answered (for at most two seconds), then it ends.
  ~HttpServer();
  uint16_t port() const;

 private:
  struct State;
  explicit HttpServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // answers still to come hold it as well
};

}  // namespace haina
