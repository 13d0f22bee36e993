// The HTTP server: limits, broken requests, exceptions of handlers.
#include "service/http/http_server.h"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "service/service_fixture.h"

namespace haina {
namespace {

TEST_F(ServiceTest, LimitsAreEnforcedAndTheServerStaysUp) {
  start({.store = "", .http = {.threads = 2, .most_body = 1000, .most_header = 2000, .seconds = 0.5}});
  {
    HttpClient large(service_->port());
    EXPECT_EQ(large.request("POST", "/v1/events", std::string(5000, 'x')).status, 413);
  }
  {
    HttpClient flood(service_->port());
    EXPECT_EQ(flood.request("GET", "/healthz?" + std::string(5000, 'x')).status, 431);
  }
  {
    HttpClient garbage(service_->port());
    EXPECT_TRUE(garbage.send("\x16\x03\x01 this is no HTTP\r\n\r\n"));
    EXPECT_EQ(garbage.receive().status, 400);
  }
  HttpClient slow(service_->port());
  EXPECT_TRUE(slow.send("GET /healthz HT"));
  EXPECT_EQ(slow.receive().status, 0);  // the server closes it after half a second
  HttpClient client(service_->port());
  EXPECT_EQ(client.get("/healthz").status, 200);
}

TEST(HttpServer, ExceptionOfAHandlerFailsItsRequestAlone) {
  const auto server = HttpServer::start({.threads = 1}, [](const HttpRequest& request, HttpServer::Respond respond) {
    if (request.target == "/late") {
      respond({.status = 200, .body = "first"});
    }
    if (request.target != "/") {
      throw std::runtime_error("out of memory");
    }
    respond({.status = 200, .body = "{}"});
  });
  ASSERT_TRUE(server) << to_text(server.error());
  HttpClient client(server->port());
  EXPECT_EQ(client.get("/thrown").status, 500);
  EXPECT_EQ(client.get("/thrown").json().at("detail"), "an internal error");
  EXPECT_EQ(client.get("/late").body, "first");  // answered once: the exception after it is ignored
  EXPECT_EQ(client.get("/").status, 200);
}

TEST(HttpServer, UnclearTransferEncodingsAreRefusedAndTheConnectionClosed) {
  int calls = 0;
  const auto server = HttpServer::start({.threads = 1}, [&](const HttpRequest&, HttpServer::Respond respond) {
    ++calls;
    respond({.status = 200, .body = "{}"});
  });
  ASSERT_TRUE(server);
  for (const char* const fields :
       {"Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: \r\n", "Transfer-Encoding: x\r\nContent-Length: 3\r\n"}) {
    HttpClient client(server->port());
    EXPECT_TRUE(client.send(std::string("POST / HTTP/1.1\r\nHost: localhost\r\n") + fields +
                            "\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_EQ(client.receive().status, 400) << fields;
    EXPECT_EQ(client.receive().status, 0) << fields;  // closed: what follows is not read as a request
  }
  EXPECT_EQ(calls, 0);
}

TEST(HttpServer, RefusesByTheHeaderBeforeTheBodyComes) {
  const auto server = HttpServer::start(
      {.threads = 1},
      [](const HttpRequest& request, HttpServer::Respond respond) {
        respond({.status = 200, .body = std::to_string(request.body.size())});
      },
      [](HttpRequest& request) {
        return request.key == "good" ? std::nullopt : std::optional(HttpResponse{.status = 401, .body = "{}"});
      });
  ASSERT_TRUE(server);
  HttpClient waiting(server->port());
  EXPECT_TRUE(waiting.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"));
  EXPECT_EQ(waiting.receive().status, 401);  // although not one byte of the body was sent
  HttpClient client(server->port());
  EXPECT_EQ(client.request("POST", "/", std::string(1000, 'x')).status, 401);
  EXPECT_EQ(client.request("POST", "/", std::string(1000, 'x'), "a/b", "X-API-Key: good\r\n").body, "1000");  // goes on
  HttpClient large(server->port());
  EXPECT_EQ(large.request("POST", "/", std::string(4 << 20, 'x')).status, 401);
  HttpClient expecting(server->port());
  EXPECT_TRUE(expecting.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(expecting.receive().status, 401);
}

TEST(HttpServer, BodiesOfAllConnectionsShareABudget) {
  const auto server = HttpServer::start(
      {.threads = 1, .most_body = 1 << 20, .most_bodies = 1 << 20, .seconds = 5},
      [](const HttpRequest&, HttpServer::Respond respond) { respond({.status = 200, .body = "{}"}); });
  ASSERT_TRUE(server);
  const std::string half = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + std::string(700'000, 'x');
  HttpClient first(server->port()), second(server->port()), small(server->port());
  EXPECT_TRUE(first.send(half));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_TRUE(second.send(half));
  const Reply refused = second.receive();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("Retry-After"), "1");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(small.request("POST", "/", "{}").status, 200);
  EXPECT_TRUE(first.send(std::string(300'000, 'x')));
  EXPECT_EQ(first.receive().status, 200);
  EXPECT_EQ(second.receive().status, 0);
  HttpClient third(server->port());
  EXPECT_EQ(third.request("POST", "/", std::string(900'000, 'x')).status, 200);  // the budget is free again
}

TEST(HttpServer, SilentConnectionsMakeRoom) {
  const auto server = HttpServer::start(
      {.threads = 1, .most_connections = 20, .most_of_a_peer = 10},
      [](const HttpRequest&, HttpServer::Respond respond) { respond({.status = 200, .body = "{}"}); });
  ASSERT_TRUE(server);
  HttpClient good(server->port());
  EXPECT_EQ(good.get("/").status, 200);
  std::vector<std::unique_ptr<HttpClient>> idle;
  for (int i = 0; i < 60; ++i) {
    idle.push_back(std::make_unique<HttpClient>(server->port()));
    EXPECT_EQ(idle.back()->get("/").status, 200) << i;  // so the server has accepted it before the next one comes
    EXPECT_TRUE(idle.back()->send("GET / HT"));
    if (i % 5 == 0) {
      EXPECT_EQ(good.get("/").status, 200) << i;  // who keeps asking is not closed
    }
  }
  EXPECT_EQ(HttpClient(server->port()).get("/").status, 200);
  EXPECT_EQ(idle.front()->receive().status, 0);
}

TEST(HttpServer, EveryRequestIsAnsweredInTime) {
  HttpServer::Respond late;
  const auto server = HttpServer::start(
      {.threads = 1}, [&](const HttpRequest&, HttpServer::Respond respond) { late = std::move(respond); },
      [](HttpRequest& request) {
        request.answer_seconds = 0.2;
        return std::optional<HttpResponse>();
      });
  ASSERT_TRUE(server);
  HttpClient client(server->port());
  const Reply reply = client.get("/");
  EXPECT_EQ(reply.status, 503);
  EXPECT_FALSE(reply.json().at("hint").get<std::string>().empty());
  late({.status = 200, .body = "too late"});  // is not sent
  EXPECT_EQ(client.get("/").status, 503);
  late = {};
}

}  // namespace
}  // namespace haina
