// The HTTP server: limits, broken requests, exceptions of handlers.
#include "service/http/http_server.h"

#include <stdexcept>
#include <string>

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

}  // namespace
}  // namespace haina
