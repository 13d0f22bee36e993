// An HTTP/1.1 server over TCP or TLS with limits on what it reads. Requests may be answered later and on any thread.
// A request is admitted or refused by its header, before its body is read. Where there are too many connections, the
// one that has been silent longest makes room, so that slow clients cannot keep others out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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
  std::string id = {};                        // from X-Request-Id; empty: none
  std::string origin = {};                    // from Origin: the web page that calls; empty: none
  std::string peer = {};                      // the client's address
  std::string api_version = {};               // from X-API-Version; empty: none
  std::string host = {};                      // from Host, "localhost:8080"; empty: none
  std::string accept_encoding = {};           // from Accept-Encoding; empty: none
  std::string traceparent = {};               // from traceparent, see W3C Trace Context; empty: none
  bool has_body = false;                      // by its header
  double answer_seconds = 60;                 // the server answers 503 if nobody else did within that time
  std::shared_ptr<const void> admitted = {};  // what Admit left for Handler
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
    uint64_t most_bodies = 64 << 20;  // bytes of all bodies that are being read or answered; beyond, requests get 503
    int64_t most_connections = 1024;  // a further one takes the place of the one that has been silent longest
    int64_t most_of_a_peer = 512;     // connections of one address; likewise
    std::string certificate = {}, private_key = {};  // PEM files; if both are given, only TLS 1.2 or newer
    double seconds = 30;                             // time limit for receiving a request, and for an idle connection
    // Called on any thread when a limit keeps somebody out: "peer_connections", "connections", "body_budget",
    // "body_size", "header_size", "deadline".
    std::function<void(const char* reason)> on_refusal = {};
  };
  using Respond = std::function<void(HttpResponse)>;
  // Called on one of the server's threads. It must call `respond` exactly once, on any thread, at any later time, even
  // after the server has ended.
  using Handler = std::function<void(const HttpRequest&, Respond respond)>;

  // Called on one of the server's threads when a header has been read; the request has no body yet. What it returns is
  // the answer: then the body is not read, or thrown away, and Handler is not called. It must not wait for anything.
  using Admit = std::function<std::optional<HttpResponse>(HttpRequest&)>;

  // kIo if the address cannot be listened on.
  static Result<HttpServer> start(const Options& options, Handler handler, Admit admit = {});
  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) = delete;
  // Stops accepting connections, waits up to two seconds for requests in flight, then ends.
  ~HttpServer();
  uint16_t port() const;
  // Reads certificate and key again, for connections that begin from now on. On failure the old ones stay in use.
  Status reload_certificate();

 private:
  struct State;
  explicit HttpServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // shared with the requests that are not answered yet
};

}  // namespace haina
