// The HTTP API: finds a request's route, checks its key and parameters, and describes all routes (openapi.h).
#pragma once

#include <atomic>
#include <cstdint>
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

struct ApiOptions {
  double requests_a_second = 0;        // of one key, or of one address without a key; 0: no limit
  std::vector<std::string> cors = {};  // origins that browsers may call from; "*": all
  bool log_all = false;                // logs every request, not only those refused or failed
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

 private:
  struct Entry {
    const Route* route;                 // in tables_
    std::vector<std::string> segments;  // of the route's path
  };
  struct Admitted;
  // `respond` with the headers that every answer has, and with its metrics and its log line.
  HttpServer::Respond finishing(const HttpRequest& request, const std::string& id, const Route* route,
                                HttpServer::Respond respond);
  // nullptr if there is none; then `allowed` has the methods of the routes with that path.
  const Entry* find(const HttpRequest& request, std::string_view path, std::string& allowed) const;
  // These return false after they have answered the request themselves.
  bool is_from_here(const RequestContext& context) const;
  bool has_json(const RequestContext& context) const;
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
  std::atomic<uint64_t> requests_ = 0;
  const uint64_t started_;  // part of the request ids, so that they differ between runs
};

}  // namespace haina
