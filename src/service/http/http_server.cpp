#include "service/http/http_server.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <exception>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>

#include "base/log.h"
#include "service/http/byte_budget.h"
#include "service/http/connections.h"
#include "service/http/http_messages.h"
#include "service/http/problem_json.h"
#include "service/http/tls.h"

namespace haina {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using tcp = asio::ip::tcp;
using Parser = http::request_parser<http::string_body>;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr uint64_t kThrownAway = 16 << 10;  // bytes of a refused request's body that are read so that the next can come
constexpr size_t kMostDrained = 32 << 20;   // bytes that a refused client may still send, so that it reads the answer

}  // namespace

struct HttpServer::State : std::enable_shared_from_this<State> {
  State(const Options& given, Handler given_handler, Admit given_admit)
      : options(given),
        handler(std::move(given_handler)),
        admit(std::move(given_admit)),
        connections(given.most_connections, given.most_of_a_peer, [this](const char* limit) { count_refusal(limit); }),
        context(given.threads),
        acceptor(context) {}

  void count_refusal(const char* reason) const {
    if (options.on_refusal) {
      options.on_refusal(reason);
    }
  }

  asio::awaitable<HttpResponse> answer(const HttpRequest& request) {
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(HttpResponse)>(
        [this, &request](auto done) {
          auto executor = asio::get_associated_executor(done);
          auto shared = std::make_shared<decltype(done)>(std::move(done));
          auto work = asio::make_work_guard(executor);
          auto answered = std::make_shared<std::atomic<bool>>(false);
          auto deadline = std::make_shared<asio::steady_timer>(executor, nanoseconds(request.answer_seconds));
          const Respond respond = [self = shared_from_this(), shared, executor, work, answered,
                                   deadline](HttpResponse response) mutable {
            if (!answered->exchange(true)) {
              asio::post(executor, [shared, deadline, response = std::move(response)]() mutable {
                deadline->cancel();
                (*shared)(std::move(response));
              });
            }
          };
          deadline->async_wait([this, shared, answered, seconds = request.answer_seconds](beast::error_code code) {
            if (!code && !answered->exchange(true)) {
              count_refusal("deadline");
              (*shared)(overfull(fmt::format("not answered within {} seconds; it may still be done", seconds)));
            }
          });
          // An exception that a library throws fails this request alone.
          try {
            handler(request, respond);
          } catch (const std::exception& error) {
            log_warning(fmt::format("internal error: {}", error.what()));
            respond(problem(500, "an internal error", "send it again; if it fails again, report it with the log"));
          }
        },
        asio::use_awaitable);
  }

  // One connection, plain or TLS.
  asio::awaitable<void> serve(tcp::socket socket) {
    beast::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const std::string peer = socket.remote_endpoint(ignored).address().to_string();
    const auto executor = socket.get_executor();
    const std::shared_ptr<ssl::context> secure = tls_now();
    if (secure == nullptr) {
      beast::tcp_stream stream(std::move(socket));
      const Closer closer(stream);
      const auto place = connections.add(peer, closer.closing(executor));
      if (place != nullptr) {
        co_await requests(stream, peer, *place);
        stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
      }
      co_return;
    }
    beast::ssl_stream<beast::tcp_stream> stream(std::move(socket), *secure);
    const Closer closer(beast::get_lowest_layer(stream));
    const auto place = connections.add(peer, closer.closing(executor));
    if (place == nullptr) {
      co_return;
    }
    beast::get_lowest_layer(stream).expires_after(nanoseconds(options.seconds));
    const auto [code] = co_await stream.async_handshake(ssl::stream_base::server, kAwait);
    if (code) {
      co_return;
    }
    co_await requests(stream, peer, *place);
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(1));
    co_await stream.async_shutdown(kAwait);
  }

  // Lets other threads close a stream while its coroutine exists.
  struct Closer {
    explicit Closer(beast::tcp_stream& stream) : open(std::make_shared<beast::tcp_stream*>(&stream)) {}
    Closer(const Closer&) = delete;
    Closer& operator=(const Closer&) = delete;
    ~Closer() { *open = nullptr; }  // on the connection's strand, as is the closing
    std::function<void()> closing(const asio::any_io_executor& executor) const {
      return [executor, stream = open] {
        asio::post(executor, [stream] {
          if (*stream != nullptr) {
            (*stream)->close();
          }
        });
      };
    }
    std::shared_ptr<beast::tcp_stream*> open;
  };

  std::shared_ptr<ssl::context> tls_now() {
    const std::scoped_lock lock(tls_mutex);
    return tls;
  }

  static std::chrono::nanoseconds nanoseconds(double seconds) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
  }

  // The rest of a body; an error of Beast's, or no_buffer_space where the server's budget for bodies is used up.
  template <class Stream>
  static asio::awaitable<beast::error_code> read_body(Stream& stream, beast::flat_buffer& buffer, Parser& parser,
                                                      Reserved& reserved) {
    parser.eager(true);
    while (!parser.is_done()) {
      const auto [code, bytes] = co_await http::async_read_some(stream, buffer, parser, kAwait);
      if (code) {
        co_return code;
      }
      if (!reserved.grow_to(parser.get().body().size())) {
        co_return asio::error::no_buffer_space;
      }
    }
    co_return beast::error_code();
  }

  // Why a request is not let in, judged by its header.
  std::optional<HttpResponse> refusal(const Connections::Place& place, HttpRequest& request) {
    if (place.is_beyond_limit() && request.target != "/healthz") {  // which has a reserve of its own: that is all it is
      return overfull("too many connections");
    }
    return admit ? admit(request) : std::nullopt;
  }

  std::optional<HttpResponse> unreadable(beast::error_code code) const {
    if (code == http::error::body_limit || code == http::error::header_limit) {
      count_refusal(code == http::error::body_limit ? "body_size" : "header_size");
    }
    return answer_to_unreadable(code);
  }

  // Reads a request and finds its answer. Nothing: the client is gone.
  struct Exchange {
    HttpResponse response;
    bool keep = false, head = false, unread = false;  // unread: the client may still be sending
  };
  template <class Stream>
  asio::awaitable<std::optional<Exchange>> exchange(Stream& stream, beast::flat_buffer& buffer, const std::string& peer,
                                                    Connections::Place& place) {
    Parser parser;
    parser.body_limit(options.most_body);
    parser.header_limit(options.most_header);
    Reserved reserved(bodies, options.most_bodies);
    beast::get_lowest_layer(stream).expires_after(nanoseconds(options.seconds));
    auto [code, bytes] = co_await http::async_read_header(stream, buffer, parser, kAwait);
    if (code) {
      auto answer = unreadable(code);
      co_return answer ? std::optional(Exchange{.response = std::move(*answer), .unread = true}) : std::nullopt;
    }
    if (std::optional<HttpResponse> wrong = refusal_of_header(parser.get())) {
      co_return Exchange{.response = std::move(*wrong), .unread = true};
    }
    const bool has_body = parser.chunked() || parser.content_length().value_or(0) > 0;
    const bool expects = beast::iequals(parser.get()[http::field::expect], "100-continue");
    HttpRequest request = request_of(parser.get(), peer, has_body);
    Exchange done = {.response = {},
                     .keep = parser.get().keep_alive() && !ending && !place.is_beyond_limit(),
                     .head = parser.get().method() == http::verb::head};
    std::optional<HttpResponse> refused = refusal(place, request);
    const bool is_short = !parser.chunked() && !expects && parser.content_length().value_or(0) <= kThrownAway;
    if (refused && has_body && !is_short) {
      co_return Exchange{.response = std::move(*refused), .head = done.head, .unread = true};
    }
    if (expects && !parser.is_done()) {
      const http::response<http::empty_body> proceed(http::status::continue_, 11);
      std::tie(code, bytes) = co_await http::async_write(stream, proceed, kAwait);
    }
    if (!code) {
      code = co_await read_body(stream, buffer, parser, reserved);
    }
    if (code == asio::error::no_buffer_space) {
      count_refusal("body_budget");
      co_return Exchange{.response = overfull("too many bodies are being received"), .unread = true};
    }
    if (code) {
      auto answer = unreadable(code);
      co_return answer ? std::optional(Exchange{.response = std::move(*answer), .unread = true}) : std::nullopt;
    }
    if (refused) {
      done.response = std::move(*refused);
      co_return done;
    }
    request.body = std::move(parser.get().body());
    ++in_flight;
    place.begin_request();
    done.response = co_await answer(request);
    place.end_request();
    --in_flight;
    done.keep = done.keep && !ending;
    co_return done;
  }

  // Requests of one connection, one after the other, until one side closes it.
  template <class Stream>
  asio::awaitable<void> requests(Stream& stream, const std::string& peer, Connections::Place& place) {
    beast::flat_buffer buffer;
    for (bool keep = true; keep && !ending;) {
      std::optional<Exchange> done = co_await exchange(stream, buffer, peer, place);
      if (!done) {
        co_return;
      }
      keep = done->keep;
      beast::get_lowest_layer(stream).expires_after(nanoseconds(options.seconds));
      const auto message = message_of(std::move(done->response), keep, done->head);
      const auto [code, written] = co_await http::async_write(stream, message, kAwait);
      if (code) {
        co_return;
      }
      if (done->unread) {
        co_await drain(stream);
      }
    }
  }

  // Takes what a refused client still sends, for a while: closing at once would make its system drop the answer.
  template <class Stream>
  static asio::awaitable<void> drain(Stream& stream) {
    beast::tcp_stream& lowest = beast::get_lowest_layer(stream);
    beast::error_code ignored;
    if constexpr (std::is_same_v<Stream, beast::tcp_stream>) {
      lowest.socket().shutdown(tcp::socket::shutdown_send, ignored);
    }
    lowest.expires_after(std::chrono::seconds(2));
    std::vector<char> thrown_away(16 << 10);
    for (size_t got = 0; got < kMostDrained;) {
      const auto [code, bytes] = co_await stream.async_read_some(asio::buffer(thrown_away), kAwait);
      if (code) {
        co_return;
      }
      got += bytes;
    }
  }

  asio::awaitable<void> listen() {
    while (!ending) {
      auto [code, socket] = co_await acceptor.async_accept(asio::make_strand(context), kAwait);
      if (code == asio::error::operation_aborted) {
        co_return;
      }
      if (code) {  // for example no free file descriptor: one may be free for the next connection
        asio::steady_timer pause(context, std::chrono::milliseconds(20));
        co_await pause.async_wait(kAwait);
        continue;
      }
      const auto executor = socket.get_executor();
      asio::co_spawn(executor, serve(std::move(socket)), asio::detached);
    }
  }

  Options options;
  Handler handler;
  Admit admit;
  std::mutex tls_mutex;
  std::shared_ptr<ssl::context> tls;  // nullptr: plain HTTP; guarded by tls_mutex
  std::atomic<bool> ending = false;
  std::atomic<int64_t> in_flight = 0;
  std::atomic<uint64_t> bodies = 0;  // bytes
  Connections connections;
  asio::io_context context;  // after the counters, which its coroutines use until they are destroyed
  tcp::acceptor acceptor;
  std::vector<std::jthread> threads;  // last, since they run the context
};

HttpServer::HttpServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
HttpServer::HttpServer(HttpServer&&) noexcept = default;

HttpServer::~HttpServer() {
  if (state_ == nullptr) {
    return;
  }
  state_->ending = true;
  asio::post(state_->context, [state = state_.get()] {
    beast::error_code ignored;
    state->acceptor.close(ignored);
  });
  for (int i = 0; i < 200 && state_->in_flight > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  state_->context.stop();
  state_->threads.clear();
}

uint16_t HttpServer::port() const {
  beast::error_code ignored;
  return state_->acceptor.local_endpoint(ignored).port();
}

Status HttpServer::reload_certificate() {
  const Options& options = state_->options;
  if (options.certificate.empty() && options.private_key.empty()) {
    return ok();
  }
  HAINA_TRY(std::shared_ptr<ssl::context> tls, make_tls(options.certificate, options.private_key));
  const std::scoped_lock lock(state_->tls_mutex);
  state_->tls = std::move(tls);
  return ok();
}

Result<HttpServer> HttpServer::start(const Options& options, Handler handler, Admit admit) {
  auto state = std::make_shared<State>(options, std::move(handler), std::move(admit));
  beast::error_code code;
  const auto address = asio::ip::make_address(options.address, code);
  const std::string where = fmt::format("{}:{}", options.address, options.port);
  if (code) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is not an IP address", options.address), "--address",
                 "write 127.0.0.1, or 0.0.0.0 for all addresses of this machine"});
  }
  const tcp::endpoint endpoint(address, options.port);
  state->acceptor.open(endpoint.protocol(), code);
  if (!code) {
    state->acceptor.set_option(tcp::acceptor::reuse_address(true), code);
    state->acceptor.bind(endpoint, code);
  }
  if (!code) {
    state->acceptor.listen(asio::socket_base::max_listen_connections, code);
  }
  if (code) {
    return fail({ErrorCode::kIo, fmt::format("cannot listen at this address: {}", code.message()), where,
                 "choose another --port, or stop the program that listens there"});
  }
  if (!options.certificate.empty() || !options.private_key.empty()) {
    HAINA_TRY(state->tls, make_tls(options.certificate, options.private_key));
  }
  asio::co_spawn(state->context, state->listen(), asio::detached);
  for (int i = 0; i < std::max(1, options.threads); ++i) {
    state->threads.emplace_back([context = &state->context] {
      at::set_num_threads(1);  // a request computes on one thread
      context->run();
    });
  }
  return HttpServer(std::move(state));
}

}  // namespace haina
