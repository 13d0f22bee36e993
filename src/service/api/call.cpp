#include "service/api/call.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "service/telemetry/prometheus.h"
#include "service/telemetry/span_exporter.h"

namespace haina {
namespace {

constexpr size_t kLongestRequestId = 128;
constexpr size_t kLongestMethod = 20;  // in logs and traces

}  // namespace

std::shared_ptr<Api::Call> Api::call_of(const HttpRequest& request, const Route* route) {
  const bool usable = !request.id.empty() && request.id.size() <= kLongestRequestId &&
                      std::ranges::all_of(request.id, [](unsigned char c) { return c > 32 && c < 127; });
  auto call = std::make_shared<Call>(Call{.about = {},
                                          .trace = new_span(request.traceparent),
                                          .route = route,
                                          .method = request.method.substr(0, kLongestMethod),
                                          .peer = request.peer,
                                          .begin_us = now_us()});
  call->about = {.request = usable ? request.id : fmt::format("{:x}-{:x}", started_, ++requests_),
                 .tenant = "",
                 .trace_id = call->trace.trace_id,
                 .span_id = call->trace.span_id};
  return call;
}

// The route, not the path: paths hold ids of users, and a log is kept longer than what users want forgotten.
void Api::log_request(const std::shared_ptr<const Call>& call, int status, double seconds) const {
  const bool is_bad = status >= 500 || status == 401 || status == 403 || status == 429;
  if (!is_bad && !log_all_) {
    return;
  }
  const LogScope scope({call, &call->about});
  log_with(status >= 400 ? LogLevel::kWarning : LogLevel::kInfo, "request",
           {{"method", call->method},
            {"route", call->route == nullptr ? "" : call->route->path},
            {"status", status},
            {"ms", std::round(seconds * 1e5) / 100},
            {"peer", call->peer}});
}

HttpServer::Respond Api::finishing(const HttpRequest& request, std::shared_ptr<const Call> call,
                                   HttpServer::Respond respond) {
  std::string origin;
  for (const std::string& allowed : options_.cors) {
    if (allowed == "*" || allowed == request.origin) {
      origin = request.origin.empty() ? "" : allowed;
    }
  }
  const auto begin = std::chrono::steady_clock::now();
  return [this, call = std::move(call), origin, begin, respond = std::move(respond)](HttpResponse response) {
    const std::chrono::nanoseconds time = std::chrono::steady_clock::now() - begin;
    const double seconds = std::chrono::duration<double>(time).count();
    response.headers.emplace_back("X-Request-Id", call->about.request);
    response.headers.emplace_back("traceparent", call->trace.traceparent());
    if (!origin.empty()) {
      response.headers.emplace_back("Access-Control-Allow-Origin", origin);
      response.headers.emplace_back("Vary", "Origin");
      response.headers.emplace_back("Access-Control-Expose-Headers", "X-Request-Id, traceparent");
    }
    if (call->route != nullptr) {
      backend_.metrics.answered(call->route->method, call->route->path, response.status, seconds);
    }
    log_request(call, response.status, seconds);
    if (options_.spans != nullptr && call->trace.sampled && call->route != nullptr) {
      options_.spans->add({.context = call->trace,
                           .method = call->method,
                           .route = call->route->path,
                           .request_id = call->about.request,
                           .status = response.status,
                           .begin_ns = call->begin_us * 1000,
                           .duration_ns = time.count()});
    }
    respond(std::move(response));
  };
}

}  // namespace haina
