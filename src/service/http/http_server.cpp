#include "service/http/http_server.h"

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
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <string_view>
#include <thread>
#include <tuple>

#include "base/log.h"
#include "service/http/problem_json.h"

namespace haina {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using tcp = asio::ip::tcp;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

http::response<http::string_body> message_of(HttpResponse response, bool keep_alive, bool head) {
  http::response<http::string_body> message(static_cast<http::status>(response.status), 11);
  message.set(http::field::server, "haina");
  message.set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) {
    message.set(name, value);
  }
  message.keep_alive(keep_alive);
  message.body() = std::move(response.body);
  message.prepare_payload();
  if (head) {
    message.body().clear();
  }
  return message;
}

std::string key_of(const http::request<http::string_body>& message) {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view given = message["X-API-Key"];
  const std::string_view authorization = message[http::field::authorization];
  return std::string(!given.empty()                       ? given
                     : authorization.starts_with(kBearer) ? authorization.substr(kBearer.size())
                                                          : std::string_view());
}

// The answer to a request that cannot be read; nothing if the client has gone.
std::optional<HttpResponse> answer_to_unreadable(beast::error_code code) {
  if (code == http::error::body_limit) {
    return problem(413, "the body is too large", "send smaller requests");
  }
  if (code == http::error::header_limit) {
    return problem(431, "the header is too large", "send fewer or shorter header fields");
  }
  if (code == http::error::end_of_stream || code == http::error::partial_message || code == beast::error::timeout ||
      code.category() != http::make_error_code(http::error::bad_method).category()) {
    return std::nullopt;
  }
  return problem(400, fmt::format("the request cannot be read: {}", code.message()), "send HTTP/1.1");
}

// Counts itself while it exists.
struct Counted {
  explicit Counted(std::atomic<int64_t>& counter) : count(counter) { ++count; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count; }
  std::atomic<int64_t>& count;
};

}  // namespace

struct HttpServer::State : std::enable_shared_from_this<State> {
  State(const Options& given, Handler given_handler)
      : options(given), handler(std::move(given_handler)), context(given.threads), acceptor(context) {}

  asio::awaitable<HttpResponse> answer(const HttpRequest& request) {
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(HttpResponse)>(
        [this, &request](auto done) {
          auto executor = asio::get_associated_executor(done);
          auto shared = std::make_shared<decltype(done)>(std::move(done));
          auto work = asio::make_work_guard(executor);
          auto answered = std::make_shared<std::atomic<bool>>(false);
          const Respond respond = [self = shared_from_this(), shared, executor, work,
                                   answered](HttpResponse response) mutable {
            if (!answered->exchange(true)) {
              asio::post(executor,
                         [shared, response = std::move(response)]() mutable { (*shared)(std::move(response)); });
            }
          };
          // An exception that a library throws fails this request alone.
          try {
            handler(request, respond);
          } catch (const std::exception& error) {
            log_warning(fmt::format("internal error at {} {}: {}", request.method, request.target.substr(0, 200),
                                    error.what()));
            respond(problem(500, "an internal error", "send it again; if it fails again, report it with the log"));
          }
        },
        asio::use_awaitable);
  }

  // One connection, plain or TLS.
  asio::awaitable<void> serve(tcp::socket socket) {
    const Counted counted(connections);
    beast::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const std::string peer = socket.remote_endpoint(ignored).address().to_string();
    if (!tls) {
      beast::tcp_stream stream(std::move(socket));
      co_await requests(stream, peer);
      stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
      co_return;
    }
    beast::ssl_stream<beast::tcp_stream> stream(std::move(socket), *tls);
    beast::get_lowest_layer(stream).expires_after(time_limit());
    const auto [code] = co_await stream.async_handshake(ssl::stream_base::server, kAwait);
    if (code) {
      co_return;
    }
    co_await requests(stream, peer);
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(1));
    co_await stream.async_shutdown(kAwait);
  }

  std::chrono::nanoseconds time_limit() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(options.seconds));
  }

  // Requests of one connection, one after the other, until one side closes it.
  template <class Stream>
  asio::awaitable<void> requests(Stream& stream, const std::string& peer) {
    beast::flat_buffer buffer;
    for (bool keep = true; keep && !ending;) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(options.most_body);
      parser.header_limit(options.most_header);
      beast::get_lowest_layer(stream).expires_after(time_limit());
      auto [code, bytes] = co_await http::async_read_header(stream, buffer, parser, kAwait);
      if (!code && beast::iequals(parser.get()[http::field::expect], "100-continue")) {
        const http::response<http::empty_body> proceed(http::status::continue_, 11);
        std::tie(code, bytes) = co_await http::async_write(stream, proceed, kAwait);
      }
      if (!code && !parser.is_done()) {
        std::tie(code, bytes) = co_await http::async_read(stream, buffer, parser, kAwait);
      }
      HttpResponse response;
      bool head = false;
      if (code) {
        const auto refusal = answer_to_unreadable(code);
        if (!refusal) {
          break;
        }
        response = *refusal;
        keep = false;
      } else if (connections > options.most_connections) {
        response = problem(503, "too many connections", "retry in a second");
        response.headers.emplace_back("Retry-After", "1");
        keep = false;
      } else {
        auto& message = parser.get();
        head = message.method() == http::verb::head;
        keep = message.keep_alive() && !ending;
        HttpRequest request = {.method = head ? "GET" : std::string(message.method_string()),
                               .target = std::string(message.target()),
                               .content_type = std::string(message[http::field::content_type]),
                               .key = key_of(message),
                               .body = std::move(message.body()),
                               .id = std::string(message["X-Request-Id"]),
                               .origin = std::string(message[http::field::origin]),
                               .peer = peer,
                               .api_version = std::string(message["X-API-Version"])};
        ++in_flight;
        response = co_await answer(request);
        --in_flight;
      }
      beast::get_lowest_layer(stream).expires_after(time_limit());
      const auto message = message_of(std::move(response), keep, head);
      const auto [write_code, written] = co_await http::async_write(stream, message, kAwait);
      if (write_code) {
        break;
      }
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
      if (connections >= 2 * options.most_connections) {
        continue;  // closes the socket without an answer
      }
      const auto executor = socket.get_executor();
      asio::co_spawn(executor, serve(std::move(socket)), asio::detached);
    }
  }

  Options options;
  Handler handler;
  std::optional<ssl::context> tls;  // nothing: plain HTTP
  std::atomic<bool> ending = false;
  std::atomic<int64_t> connections = 0, in_flight = 0;
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

Result<HttpServer> HttpServer::start(const Options& options, Handler handler) {
  auto state = std::make_shared<State>(options, std::move(handler));
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
    state->tls.emplace(ssl::context::tls_server);
    state->tls->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                                ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1,
                            code);
    state->tls->use_certificate_chain_file(options.certificate, code);
    if (!code) {
      state->tls->use_private_key_file(options.private_key, ssl::context::pem, code);
    }
    if (code) {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("cannot use this certificate and key for TLS: {}", code.message()), options.certificate,
                   "give --tls-cert and --tls-key, both PEM files that belong together"});
    }
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
