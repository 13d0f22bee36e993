// A service without keys answers to its own machine alone: not to other names, nor to pages of other sites.
#include <string>

#include "service/http/accept_encoding.h"
#include "service/http/origin.h"
#include "service/service_fixture.h"

namespace haina {
namespace {

// The status of a request with these header fields and, if not empty, that body.
int status_of(uint16_t port, const std::string& method, const std::string& target, const std::string& fields,
              const std::string& body = "") {
  HttpClient client(port);
  const std::string length = body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return client.send(method + " " + target + " HTTP/1.1\r\n" + fields + length + "\r\n" + body)
             ? client.receive().status
             : 0;
}

constexpr const char* kEvent = R"({"events": [{"user": "u1", "item": "i1"}]})";
constexpr const char* kJson = "Content-Type: application/json\r\n";

TEST_F(ServiceTest, WithoutKeysForeignNamesAreRefused) {
  const auto get = [&](const std::string& host) {
    return status_of(service_->port(), "GET", "/v1/users/u1", "Host: " + host + "\r\n");
  };
  for (const char* const own :
       {"localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:80", "localhost."}) {
    EXPECT_EQ(get(own), 200) << own;
  }
  for (const char* const other :
       {"evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "[::2]", "a"}) {
    EXPECT_EQ(get(other), 403) << other;
  }
  EXPECT_EQ(status_of(service_->port(), "GET", "/", "Host: evil.example\r\n"), 403);  // the console likewise
  EXPECT_EQ(status_of(service_->port(), "GET", "/v1/users/u1", "Host: localhost\r\nHost: evil.example\r\n"), 400);
  start({.store = "", .http = {.threads = 1}, .api = {.hosts = {"shop.internal"}}});
  EXPECT_EQ(get("shop.internal:8080"), 200);
}

TEST_F(ServiceTest, WithoutKeysPagesOfOtherSitesAreRefused) {
  const auto post = [&](const std::string& origin, const std::string& type) {
    return status_of(service_->port(), "POST", "/v1/events",
                     "Host: localhost:80\r\nOrigin: " + origin + "\r\nContent-Type: " + type + "\r\n", kEvent);
  };
  EXPECT_EQ(post("https://evil.example", "text/plain"), 403);
  EXPECT_EQ(post("https://evil.example", "application/json"), 403);
  EXPECT_EQ(post("null", "application/json"), 403);
  EXPECT_EQ(post("http://localhost:81", "application/json"), 403);  // another program of this machine
  EXPECT_EQ(post("http://localhost:80", "application/json"), 200);  // the console
  EXPECT_EQ(status_of(service_->port(), "GET", "/v1/users/u1", "Host: localhost\r\nOrigin: https://evil.example\r\n"),
            403);
  start({.store = "", .http = {.threads = 1}, .api = {.cors = {"https://shop.example"}}});
  EXPECT_EQ(post("https://shop.example", "application/json"), 200);
  EXPECT_EQ(post("https://evil.example", "application/json"), 403);
}

TEST_F(ServiceTest, BodiesMustBeDeclaredAsJson) {
  const auto post = [&](const std::string& fields) {
    return status_of(service_->port(), "POST", "/v1/events", "Host: localhost\r\n" + fields, kEvent);
  };
  for (const char* const type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                                 "text/plain; a=application/json", "application/jsonp"}) {
    EXPECT_EQ(post(std::string("Content-Type: ") + type + "\r\n"), 415) << type;
  }
  EXPECT_EQ(post(""), 415);
  EXPECT_EQ(post("Content-Type: Application/JSON; charset=utf-8\r\n"), 200);
  HttpClient client(service_->port());
  EXPECT_TRUE(client.get("/v1/users/u1/events").json().at("events").size() == 1);
}

TEST_F(ServiceTest, TheFirstKeyIsNotAddedOverHttp) {
  EXPECT_EQ(status_of(service_->port(), "POST", "/v1/keys", std::string("Host: localhost\r\n") + kJson,
                      R"({"name": "boss", "scope": "admin"})"),
            403);
  EXPECT_EQ(status_of(service_->port(), "POST", "/v1/keys", "Host: localhost\r\nContent-Type: text/plain\r\n",
                      R"({"name": "boss", "scope": "admin"})"),
            415);
  EXPECT_TRUE(HttpClient(service_->port()).get("/v1/keys").json().at("keys").empty());
}

TEST(Origin, NamesAndSites) {
  EXPECT_EQ(host_without_port("LocalHost:8080"), "localhost");
  EXPECT_EQ(host_without_port("[::1]:80"), "[::1]");
  EXPECT_EQ(host_without_port("[::1]"), "[::1]");
  EXPECT_EQ(host_without_port(""), "");
  EXPECT_TRUE(is_same_site("http://localhost:8080", "localhost:8080"));
  EXPECT_FALSE(is_same_site("http://localhost.evil:8080", "localhost:8080"));
  EXPECT_FALSE(is_same_site("", "localhost"));
  EXPECT_TRUE(is_json_type(" application/problem+json "));
  EXPECT_FALSE(is_json_type(""));
}

TEST(Origin, TypesOfMedia) {
  for (const char* const type :
       {"image/jpeg", "Audio/mpeg", "video/mp4; codecs=\"avc1\"", "application/octet-stream"}) {
    EXPECT_TRUE(is_media_type(type)) << type;
  }
  for (const char* const type : {"", "text/plain", "application/json", "multipart/form-data", "imagejpeg"}) {
    EXPECT_FALSE(is_media_type(type)) << type;
  }
}

TEST(AcceptEncoding, FollowsItsWeights) {
  EXPECT_TRUE(accepts_encoding("gzip, deflate, br", "br"));
  EXPECT_TRUE(accepts_encoding("GZIP;q=0.5", "gzip"));
  EXPECT_TRUE(accepts_encoding("*", "br"));
  EXPECT_FALSE(accepts_encoding("", "gzip"));
  EXPECT_FALSE(accepts_encoding("gzip;q=0, *", "gzip"));
  EXPECT_FALSE(accepts_encoding("br; q=0.000", "br"));
  EXPECT_FALSE(accepts_encoding("brotli", "br"));
  EXPECT_FALSE(accepts_encoding("identity;q=1, *;q=0", "gzip"));
}

TEST_F(ServiceTest, TheConsoleIsSentCompressedToWhoTakesThat) {
  HttpClient client(service_->port());
  const Reply plain = client.get("/");
  if (plain.body.find("built without its console") != std::string::npos) {
    GTEST_SKIP() << "MISSING: web/dist, which tools/setup builds";
  }
  EXPECT_EQ(plain.header("Content-Encoding"), "");
  const size_t script = plain.body.find("assets/");
  const std::string path = "/" + plain.body.substr(script, plain.body.find('"', script) - script);
  const auto sent = [&](const std::string& accepted) {
    return client.request("GET", path, "", "application/json", "Accept-Encoding: " + accepted + "\r\n");
  };
  const Reply whole = sent("identity"), gzip = sent("gzip"), brotli = sent("gzip, br");
  EXPECT_EQ(whole.header("Content-Encoding"), "");
  EXPECT_EQ(gzip.header("Content-Encoding"), "gzip");
  EXPECT_EQ(brotli.header("Content-Encoding"), "br");
  EXPECT_TRUE(gzip.body.starts_with("\x1F\x8B"));
  EXPECT_LT(brotli.body.size(), gzip.body.size());
  EXPECT_LT(gzip.body.size(), whole.body.size() / 2);
  EXPECT_LT(brotli.body.size(), 60'000U);
}

}  // namespace
}  // namespace haina
