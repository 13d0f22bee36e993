// What holds for every route: problems with hints, rate limits, CORS, request ids.
#include "service/api/router.h"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "service/service_fixture.h"

namespace haina {
namespace {

TEST_F(ServiceTest, InvalidRequestsGetAProblemWithAHint) {
  HttpClient client(service_->port());
  Json many = {{"events", Json::array()}};
  for (int i = 0; i < 10'001; ++i) {
    many["events"].push_back({{"user", "u"}, {"item", "i"}});
  }
  struct Wrong {
    const char* method;
    std::string target, body;
    int status;
    const char* at;
  };
  const std::vector<Wrong> wrongs = {
      {"POST", "/v1/events", "{", 400, "body"},
      {"POST", "/v1/events", "\xFF{}", 400, "body"},
      {"POST", "/v1/events", std::string(100, '['), 400, "body"},
      {"POST", "/v1/events", "[]", 422, "events"},
      {"POST", "/v1/events", R"({"events": [{"user": "u"}]})", 422, "events[0].item"},
      {"POST", "/v1/events", R"({"events": [{"user": "u", "item": "i"}, {"user": "", "item": "i"}]})", 422,
       "events[1].user"},
      {"POST", "/v1/events", R"({"events": [{"user": "u", "item": "i", "value": "high"}]})", 422, "events[0].value"},
      {"POST", "/v1/events", R"({"events": [{"user": "u", "item": "i", "time": "soon"}]})", 422, "events[0].time"},
      {"POST", "/v1/events", R"({"events": [{"user": "u", "item": "i", "time": 1700000000000}]})", 422,
       "events[0].time"},
      {"POST", "/v1/events", R"({"events": [{"user": "u", "item": "i", "time": "03/04/2024"}]})", 422,
       "events[0].time"},
      {"POST", "/v1/events", R"({"events": [{"user": "u", "item": "i", "colour": 1}]})", 422, "events[0].colour"},
      {"POST", "/v1/events", R"({"events": [{"user": "u\u0000", "item": "i"}]})", 422, "events[0].user"},
      {"POST", "/v1/events", many.dump(), 422, "events"},
      {"GET", "/v1/users/u1/recommendations?k=0", "", 422, "k"},
      {"GET", "/v1/users/u1/recommendations?k=ten", "", 422, "k"},
      {"GET", "/v1/users/u1/recommendations?j=1", "", 422, "query"},
      {"GET", "/v1/users/%zz/recommendations", "", 400, "{id}"},
      {"GET", "/v1/users/%ff/recommendations", "", 400, "{id}"},
      {"GET", "/v1/items/nowhere/similar", "", 404, "id"},
      {"POST", "/v1/recommendations", R"({"k": 0})", 422, "k"},
      {"GET", "/v1/../etc/passwd", "", 404, nullptr},
      {"GET", "/nowhere", "", 404, nullptr},
      {"DELETE", "/v1/events", "", 405, nullptr}};
  for (const Wrong& wrong : wrongs) {
    const Reply reply = client.request(wrong.method, wrong.target, wrong.body);
    const std::string what = wrong.target + " " + wrong.body.substr(0, 80);
    EXPECT_EQ(reply.status, wrong.status) << what << reply.body;
    EXPECT_NE(reply.head.find("application/problem+json"), std::string::npos) << what;
    const Json problem = reply.json();
    ASSERT_TRUE(problem.is_object()) << what;
    EXPECT_EQ(problem.at("status"), wrong.status);
    EXPECT_FALSE(problem.at("hint").get<std::string>().empty()) << what;
    EXPECT_EQ(problem.at("mend"), problem.at("hint")) << what;  // the deprecated name
    EXPECT_EQ(problem.value("at", ""), wrong.at == nullptr ? "" : wrong.at) << what;
  }
  EXPECT_NE(client.request("DELETE", "/v1/events").head.find("Allow: POST"), std::string::npos);
  EXPECT_EQ(client.get("/healthz").status, 200);                              // the connection is still usable
  EXPECT_TRUE(client.get("/v1/users/u/events").json().at("events").empty());  // a refused request stores nothing
}

TEST_F(ServiceTest, RateLimitAnswers429) {
  start({.store = "", .http = {.threads = 2}, .api = {.requests_a_second = 5}});
  HttpClient client(service_->port());
  int good = 0, later = 0;
  for (int i = 0; i < 20; ++i) {
    const Reply reply = client.get("/v1/users/u1/recommendations");
    good += reply.status == 200;
    later += reply.status == 429;
    if (reply.status == 429) {
      EXPECT_NE(reply.head.find("Retry-After: 1"), std::string::npos);
      EXPECT_EQ(reply.json().at("status"), 429);
    }
  }
  EXPECT_GE(good, 5);
  EXPECT_GE(later, 10);
  EXPECT_EQ(client.get("/healthz").status, 200);  // has a limit of its own
  int open = 0;
  for (int i = 0; i < 20; ++i) {  // so have routes that need no key, and paths without a route
    open += client.get(i % 2 == 0 ? "/v1/openapi.json" : "/nowhere").status == 429;
  }
  EXPECT_GE(open, 5);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(client.get("/v1/users/u1/recommendations").status, 200);
}

TEST_F(ServiceTest, CorsHeadersOnlyForAllowedOrigins) {
  start({.store = "", .http = {.threads = 1}, .api = {.cors = {"https://shop.example"}}});
  HttpClient client(service_->port());
  const auto from = [&](const std::string& method, const std::string& origin) {
    return client.request(method, "/v1/users/u1/recommendations", "", "application/json", "Origin: " + origin + "\r\n");
  };
  EXPECT_NE(from("GET", "https://shop.example").head.find("Access-Control-Allow-Origin: https://shop.example"),
            std::string::npos);
  EXPECT_EQ(from("GET", "https://evil.example").head.find("Access-Control-Allow-Origin"), std::string::npos);
  const Reply preflight = from("OPTIONS", "https://shop.example");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_NE(preflight.head.find("Access-Control-Allow-Methods: GET"), std::string::npos);
}

TEST_F(ServiceTest, EveryAnswerHasARequestId) {
  HttpClient client(service_->port());
  const Reply own = client.request("GET", "/healthz", "", "application/json", "X-Request-Id: abc-7\r\n");
  EXPECT_NE(own.head.find("X-Request-Id: abc-7"), std::string::npos);
  const Reply made = client.get("/healthz"), other = client.get("/healthz");
  EXPECT_NE(made.head.find("X-Request-Id: "), std::string::npos);
  EXPECT_NE(made.head, other.head);
}

}  // namespace
}  // namespace haina
