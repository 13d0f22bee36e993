// Sends spans to a collector of traces: OTLP over HTTP, in JSON, in batches, from a thread of its own. Requests never
// wait for it: where the collector is slow or away, spans are dropped and counted.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "service/telemetry/trace_context.h"

namespace haina {

// A request, as a trace shows it. It names the route, not the path: paths have ids of users.
struct Span {
  TraceContext context;
  std::string method, route;              // "GET", "/v1/users/{id}/recommendations"
  std::string request_id;                 // X-Request-Id
  int status = 0;                         // of the answer
  int64_t begin_ns = 0, duration_ns = 0;  // since 1970 UTC; of the request
};

// The body of a request to the collector: an ExportTraceServiceRequest in JSON.
std::string otlp_json(const std::vector<Span>& spans);

class SpanExporter {
 public:
  // endpoint: "http://HOST[:PORT]/PATH" or "https://…". kInvalidArgument for another one. Does not connect yet.
  static Result<std::unique_ptr<SpanExporter>> start(const std::string& endpoint);
  SpanExporter(const SpanExporter&) = delete;
  SpanExporter& operator=(const SpanExporter&) = delete;
  // Sends what is waiting, if the collector takes it within a second.
  ~SpanExporter();
  void add(Span span);  // any thread; never waits
  uint64_t sent() const { return sent_; }
  uint64_t dropped() const { return dropped_; }

  static constexpr size_t kMostWaiting = 8'192;

 private:
  struct Target {
    bool tls = false;
    std::string host, port, path;
  };
  explicit SpanExporter(Target target);
  void run();
  Status post(const std::string& body, double seconds) const;
  static Result<Target> parse(const std::string& endpoint);

  const Target target_;
  std::atomic<uint64_t> sent_ = 0, dropped_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Span> waiting_;  // guarded by mutex_
  bool ending_ = false;        // guarded by mutex_
  std::thread thread_;         // last, since it uses all of the above
};

}  // namespace haina
