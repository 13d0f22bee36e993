// Traces: taken from callers, given to answers, and sent to a collector that requests never wait for.
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "service/http/http_server.h"
#include "service/telemetry/span_exporter.h"
#include "service/telemetry/trace_context.h"

namespace haina {
namespace {

using Json = nlohmann::json;

const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736", kParent = "00f067aa0ba902b7";

TEST(TraceContext, ContinuesTheCallersTrace) {
  const TraceContext span = new_span("00-" + kTrace + "-" + kParent + "-01");
  EXPECT_EQ(span.trace_id, kTrace);
  EXPECT_EQ(span.parent_id, kParent);
  EXPECT_TRUE(span.sampled);
  EXPECT_EQ(span.span_id.size(), 16U);
  EXPECT_NE(span.span_id, kParent);
  EXPECT_EQ(span.traceparent(), "00-" + kTrace + "-" + span.span_id + "-01");
  EXPECT_FALSE(new_span("00-" + kTrace + "-" + kParent + "-00").sampled);
  EXPECT_EQ(new_span("cc-" + kTrace + "-" + kParent + "-01-what-will-be").trace_id, kTrace);  // a later version
}

TEST(TraceContext, BeginsATraceWhereTheHeaderSaysNone) {
  const std::string zeros(32, '0');
  const std::vector<std::string> wrong = {"",
                                          "00",
                                          "00-" + zeros + "-" + kParent + "-01",
                                          "00-" + kTrace + "-" + zeros.substr(16) + "-01",
                                          "ff-" + kTrace + "-" + kParent + "-01",
                                          "00-" + kTrace + "-" + kParent + "-01-more",
                                          "cc-" + kTrace + "-" + kParent + "-01.more",
                                          "00-" + kTrace + "-" + kParent + "-0g",
                                          "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + kParent + "-01",
                                          std::string(55, '-'),
                                          std::string(10'000, 'a')};
  std::set<std::string> traces;
  for (const std::string& header : wrong) {
    const TraceContext span = new_span(header);
    EXPECT_TRUE(span.parent_id.empty()) << header;
    EXPECT_EQ(span.trace_id.size(), 32U);
    traces.insert(span.trace_id);
  }
  EXPECT_EQ(traces.size(), wrong.size());
}

// A server that keeps what it gets.
class Collector {
 public:
  explicit Collector(bool answers) {
    auto server =
        HttpServer::start({.threads = 1}, [this, answers](const HttpRequest& request, HttpServer::Respond respond) {
          const std::scoped_lock lock(mutex_);
          got_.push_back(request);
          if (answers) {
            respond({.status = 200, .body = "{}"});
          } else {
            unanswered_.push_back(std::move(respond));
          }
        });
    EXPECT_TRUE(server);
    server_.emplace(std::move(*server));
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()) + "/v1/traces"; }
  std::vector<HttpRequest> got() {
    const std::scoped_lock lock(mutex_);
    return got_;
  }

 private:
  std::mutex mutex_;
  std::vector<HttpRequest> got_;
  std::vector<HttpServer::Respond> unanswered_;
  std::optional<HttpServer> server_;  // last: it uses the others
};

Span span_of(int status) {
  return {.context = new_span("00-" + kTrace + "-" + kParent + "-01"),
          .method = "GET",
          .route = "/v1/users/{id}",
          .request_id = "r1",
          .status = status,
          .begin_ns = 1'700'000'000'000'000'000,
          .duration_ns = 5};
}

TEST(SpanExporter, SendsSpansInBatches) {
  Collector collector(true);
  {
    const auto exporter = SpanExporter::start(collector.url());
    ASSERT_TRUE(exporter) << to_text(exporter.error());
    for (int i = 0; i < 1000; ++i) {
      (*exporter)->add(span_of(i == 7 ? 503 : 200));
    }
    for (int i = 0; i < 100 && (*exporter)->sent() < 1000; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    EXPECT_EQ((*exporter)->sent(), 1000U);
    EXPECT_EQ((*exporter)->dropped(), 0U);
    (*exporter)->add(span_of(404));  // sent at the end
  }
  const std::vector<HttpRequest> got = collector.got();
  EXPECT_LE(got.size(), 4U);
  size_t spans = 0;
  for (const HttpRequest& request : got) {
    EXPECT_EQ(request.method + " " + request.target, "POST /v1/traces");
    EXPECT_EQ(request.content_type, "application/json");
    spans += Json::parse(request.body)["resourceSpans"][0]["scopeSpans"][0]["spans"].size();
  }
  EXPECT_EQ(spans, 1001U);
  const Json resource = Json::parse(got[0].body)["resourceSpans"][0];
  EXPECT_EQ(resource["resource"]["attributes"][0],
            Json::parse(R"({"key": "service.name", "value": {"stringValue": "haina"}})"));
  const Json first = resource["scopeSpans"][0]["spans"][0];
  EXPECT_EQ(first["traceId"], kTrace);
  EXPECT_EQ(first["parentSpanId"], kParent);
  EXPECT_EQ(first["name"], "GET /v1/users/{id}");
  EXPECT_EQ(first["kind"], 2);
  EXPECT_EQ(first["startTimeUnixNano"], "1700000000000000000");
  EXPECT_EQ(first["endTimeUnixNano"], "1700000000000000005");
  EXPECT_EQ(first["status"]["code"], 0);
  EXPECT_EQ(resource["scopeSpans"][0]["spans"][7]["status"]["code"], 2);
}

TEST(SpanExporter, DropsAndCountsInsteadOfWaiting) {
  Collector silent(false);
  const auto exporter = SpanExporter::start(silent.url());
  ASSERT_TRUE(exporter);
  const auto begin = std::chrono::steady_clock::now();
  for (size_t i = 0; i < 3 * SpanExporter::kMostWaiting; ++i) {
    (*exporter)->add(span_of(200));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
  EXPECT_GT((*exporter)->dropped(), SpanExporter::kMostWaiting);
}

TEST(SpanExporter, RefusesWhatIsNoUrl) {
  for (const char* const wrong : {"", "collector:4318", "ftp://collector", "http://", "http:///v1", "http://a b"}) {
    const auto exporter = SpanExporter::start(wrong);
    ASSERT_FALSE(exporter) << wrong;
    EXPECT_EQ(exporter.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(exporter.error().hint.find("http://"), std::string::npos);
  }
}

}  // namespace
}  // namespace haina
