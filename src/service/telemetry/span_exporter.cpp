#include "service/telemetry/span_exporter.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <exception>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <tuple>
#include <utility>

#include "base/log.h"

namespace haina {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using tcp = asio::ip::tcp;
using Json = nlohmann::json;
constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr size_t kMostInBatch = 512;
constexpr std::chrono::seconds kInterval{1}, kPauseAfterFailure{5}, kWarnAgain{60};
constexpr double kBatchSeconds = 3, kSecondsAtEnd = 1;  // for one batch

Json attribute(const char* key, const std::string& value) {
  return {{"key", key}, {"value", {{"stringValue", value}}}};
}

// The collector's answer; 0 where there is none.
template <class Stream>
asio::awaitable<int> send_and_read(Stream& stream, const http::request<http::string_body>& request) {
  if (const auto [code, written] = co_await http::async_write(stream, request, kAsTuple); code) {
    co_return 0;
  }
  beast::flat_buffer buffer;
  http::response<http::string_body> answer;
  const auto [code, read] = co_await http::async_read(stream, buffer, answer, kAsTuple);
  co_return code ? 0 : answer.result_int();
}

}  // namespace

std::string otlp_json(const std::vector<Span>& spans) {
  Json list = Json::array();
  for (const Span& span : spans) {
    constexpr int kServer = 2, kError = 2, kUnset = 0;
    Json one = {{"traceId", span.context.trace_id},
                {"spanId", span.context.span_id},
                {"name", span.method + " " + span.route},
                {"kind", kServer},
                {"startTimeUnixNano", std::to_string(span.begin_ns)},
                {"endTimeUnixNano", std::to_string(span.begin_ns + span.duration_ns)},
                {"attributes",
                 {attribute("http.request.method", span.method),
                  attribute("http.route", span.route),
                  attribute("haina.request_id", span.request_id),
                  {{"key", "http.response.status_code"}, {"value", {{"intValue", std::to_string(span.status)}}}}}},
                {"status", {{"code", span.status >= 500 ? kError : kUnset}}}};
    if (!span.context.parent_id.empty()) {
      one["parentSpanId"] = span.context.parent_id;
    }
    list.push_back(std::move(one));
  }
  const Json scope = {{"scope", {{"name", "haina"}}}, {"spans", list}};
  const Json resource = {{"attributes", Json::array({attribute("service.name", "haina")})}};
  return Json{{"resourceSpans", Json::array({{{"resource", resource}, {"scopeSpans", Json::array({scope})}}})}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
}

Result<SpanExporter::Target> SpanExporter::parse(const std::string& endpoint) {
  static const std::regex form(R"((https?)://(\[[0-9a-fA-F:]+\]|[^\s/:?#@\[\]]+)(?::(\d{1,5}))?(/[^\s#]*)?)");
  std::smatch found;
  if (!std::regex_match(endpoint, found, form)) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is no URL of a collector of traces", endpoint),
                 "[serve] otlp_endpoint", "write http://HOST:4318/v1/traces, or https://…"});
  }
  const bool tls = found[1] == "https";
  std::string host = found[2];
  if (host.starts_with('[')) {
    host = host.substr(1, host.size() - 2);
  }
  return Target{.tls = tls,
                .host = host,
                .port = found[3].matched ? found[3].str()
                        : tls            ? "443"
                                         : "80",
                .path = found[4].matched ? found[4].str() : "/v1/traces"};
}

Result<std::unique_ptr<SpanExporter>> SpanExporter::start(const std::string& endpoint) {
  HAINA_TRY(Target target, parse(endpoint));
  return std::unique_ptr<SpanExporter>(new SpanExporter(std::move(target)));
}

SpanExporter::SpanExporter(Target target) : target_(std::move(target)), thread_([this] { run(); }) {}

SpanExporter::~SpanExporter() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SpanExporter::add(Span span) {
  const std::scoped_lock lock(mutex_);
  if (waiting_.size() >= kMostWaiting) {
    ++dropped_;
    return;
  }
  waiting_.push_back(std::move(span));
  if (waiting_.size() == kMostInBatch) {
    changed_.notify_one();
  }
}

void SpanExporter::run() {
  auto next_warning = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!ending_ || !waiting_.empty()) {
    changed_.wait_for(lock, kInterval, [this] { return ending_ || waiting_.size() >= kMostInBatch; });
    const size_t count = std::min(waiting_.size(), kMostInBatch);
    if (count == 0) {
      continue;
    }
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    const std::vector<Span> batch(std::move_iterator(waiting_.begin()), std::move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    const bool last = ending_;
    lock.unlock();
    const Status posted = post(otlp_json(batch), last ? kSecondsAtEnd : kBatchSeconds);
    (posted ? sent_ : dropped_) += count;
    if (!posted && std::chrono::steady_clock::now() >= next_warning) {
      next_warning = std::chrono::steady_clock::now() + kWarnAgain;
      log_warning("traces are dropped: " + posted.error().what);
    }
    lock.lock();
    if (!posted && last) {
      dropped_ += waiting_.size();
      return;
    }
    if (!posted) {
      changed_.wait_for(lock, kPauseAfterFailure, [this] { return ending_; });
    }
  }
}

Status SpanExporter::post(const std::string& body, double seconds) const {
  http::request<http::string_body> request(http::verb::post, target_.path, 11);
  request.set(http::field::host, target_.host);
  request.set(http::field::content_type, "application/json");
  request.set(http::field::user_agent, "haina");
  request.keep_alive(false);
  request.body() = body;
  request.prepare_payload();
  int status = 0;
  std::string why = "it does not answer";
  asio::io_context context;
  const auto send = [&]() -> asio::awaitable<void> {
    const auto limit = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
    tcp::resolver resolver(context);
    const auto [unknown, addresses] = co_await resolver.async_resolve(target_.host, target_.port, kAsTuple);
    if (unknown) {
      why = unknown.message();
      co_return;
    }
    if (!target_.tls) {
      beast::tcp_stream stream(context);
      stream.expires_after(limit);
      if (const auto [code, to] = co_await stream.async_connect(addresses, kAsTuple); code) {
        why = code.message();
        co_return;
      }
      status = co_await send_and_read(stream, request);
      co_return;
    }
    ssl::context secure(ssl::context::tls_client);
    secure.set_default_verify_paths();
    beast::ssl_stream<beast::tcp_stream> stream(context, secure);
    stream.set_verify_mode(ssl::verify_peer);
    stream.set_verify_callback(ssl::host_name_verification(target_.host));
    SSL_set_tlsext_host_name(stream.native_handle(), target_.host.c_str());
    beast::tcp_stream& lowest = beast::get_lowest_layer(stream);
    lowest.expires_after(limit);
    auto [code, to] = co_await lowest.async_connect(addresses, kAsTuple);
    if (!code) {
      std::tie(code) = co_await stream.async_handshake(ssl::stream_base::client, kAsTuple);
    }
    if (code) {
      why = code.message();
      co_return;
    }
    status = co_await send_and_read(stream, request);
  };
  try {
    asio::co_spawn(context, send(), asio::detached);
    context.run_for(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(2 * seconds)));
  } catch (const std::exception& error) {
    why = error.what();
  }
  if (status >= 200 && status < 300) {
    return ok();
  }
  return fail({ErrorCode::kIo,
               fmt::format("the collector at {}:{} {}", target_.host, target_.port,
                           status == 0 ? "cannot be reached: " + why : fmt::format("answered {}", status)),
               "[serve] otlp_endpoint", "check that it runs and takes OTLP over HTTP in JSON"});
}

}  // namespace haina
