// The HTTP API: one table of routes that answers requests and describes itself (OpenAPI 3.1).
#pragma once

#include <atomic>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "service/api/request_context.h"
#include "service/http/rate_limit.h"

namespace haina {

struct ApiOptions {
  bool gorse = false;                  // also the paths under /api that Gorse's clients call
  double requests_a_second = 0;        // of one key, or of one address without a key; 0: no limit
  std::vector<std::string> cors = {};  // origins that browsers may call from; "*": all
  bool log_all = false;                // a line a request, not only for those refused or failed
};

class Api {
 public:
  Api(Backend backend, ApiOptions options);
  void answer(const HttpRequest& request, HttpServer::Respond respond);
  nlohmann::json openapi() const;

 private:
  HttpServer::Respond finishing(const HttpRequest& request, const std::string& id, const Route* route,
                                HttpServer::Respond respond);
  const Route* find(const HttpRequest& request, std::string_view path, std::string& allowed) const;
  // Fills `call`; false: it has been answered.
  bool read_parts(const Route& route, std::string_view path, std::string_view query, Call& call) const;
  bool may(const Route& route, Call& call);

  Backend backend_;
  ApiOptions options_;
  std::vector<Route> routes_;
  std::vector<std::vector<std::string>> parts_;  // of every route's path
  RateLimit limit_;
  std::atomic<uint64_t> requests_ = 0;
  const uint64_t begun_;  // so that ids differ between runs
};

}  // namespace haina
