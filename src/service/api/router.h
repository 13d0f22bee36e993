// The HTTP API: finds a request's route, checks its key and parameters, and describes all routes (openapi.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service/api/request_context.h"
#include "service/api/route.h"
#include "service/http/http_server.h"
#include "service/http/rate_limit.h"

namespace haina {

class SpanExporter;
class WorkerPool;

struct ApiOptions {
  double requests_a_second = 0;        // of one key, or of one address without a key; 0: no limit
  std::vector<std::string> cors = {};  // origins that browsers may call from; "*": all
  bool log_all = false;                // logs every request, not only those refused or failed
  WorkerPool* workers = nullptr;       // for heavy routes; nullptr: they hold up the server's threads
  SpanExporter* spans = nullptr;       // gets a span of each sampled request
  // Names and addresses that clients may call the service by while it has no keys, besides localhost, 127.0.0.1 and
  // [::1].
  std::vector<std::string> hosts = {};
};

class Api {
 public:
  Api(Backend backend, ApiOptions options, std::vector<RouteTable> tables);
  // Decides by a request's header: the answer, if it is refused or needs no route; else nothing, and `answer` may be
  // called. Waits for nothing. Any thread may call these.
  std::optional<HttpResponse> admit(HttpRequest& request);
  // Answers an admitted request, now or later, on any thread.
  void answer(const HttpRequest& request, HttpServer::Respond respond);
  nlohmann::json openapi() const;
  void log_all_requests(bool all) { log_all_ = all; }  // any thread

 private:
  struct Entry {
    const Route* route;                 // in tables_
    std::vector<std::string> segments;  // of the route's path
  };
  struct Admitted;
  // What a request's log lines and its span are about.
  struct Call;
  std::shared_ptr<Call> call_of(const HttpRequest& request, const Route* route);
  // `respond` with the headers that every answer has, and with its metrics, its log line and its span.
  HttpServer::Respond finishing(const HttpRequest& request, std::shared_ptr<const Call> call,
                                HttpServer::Respond respond);
  void log_request(const std::shared_ptr<const Call>& call, int status, double seconds) const;
  void handle(const HttpRequest& request, const Admitted& admitted, HttpServer::Respond respond);
  // nullptr if there is none; then `allowed` has the methods of the routes with that path.
  const Entry* find(const HttpRequest& request, std::string_view path, std::string& allowed) const;
  // These return false after they have answered the request themselves.
  bool is_from_here(const RequestContext& context) const;
  bool has_right_type(const RequestContext& context, const Route& route) const;
  bool has_rate_left(const RequestContext& context, const Route* route, std::string_view path,
                     const std::optional<ApiKey>& key);
  bool authorize(const Route& route, const std::optional<ApiKey>& key, RequestContext& context);
  bool read_parameters(const Entry& entry, std::string_view path, std::string_view query,
                       RequestContext& context) const;
  void answer_without_route(const RequestContext& context, std::string_view path, const std::string& allowed) const;

  Backend backend_;
  ApiOptions options_;
  const std::vector<RouteTable> tables_;
  std::vector<Entry> entries_;
  RateLimit limit_;
  std::atomic<bool> log_all_;
  std::atomic<uint64_t> requests_ = 0;
  const uint64_t started_;  // part of the request ids, so that they differ between runs
};

}  // namespace haina
