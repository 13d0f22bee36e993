// API keys: scopes, tenants, revocation.
#include <chrono>
#include <string>
#include <thread>

#include "service/service_fixture.h"

namespace haina {
namespace {

TEST_F(ServiceTest, ScopesLimitWhatAKeyMayDo) {
  const std::string url = "sqlite://" + store_.string();
  std::string read_key, write_key;
  {
    auto store = Store::open(url);
    ASSERT_TRUE(store);
    read_key = *new_key();
    write_key = *new_key();
    ASSERT_TRUE(store->add_key({.name = "reader", .scope = Scope::kRead, .hash = hash_of_key(read_key)}));
    ASSERT_TRUE(store->add_key({.name = "writer", .scope = Scope::kWrite, .hash = hash_of_key(write_key)}));
    EXPECT_EQ(store->add_key({.name = "writer"}).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(store->revoke_key("nobody").error().code, ErrorCode::kNotFound);
  }
  start();
  HttpClient client(service_->port());
  const std::string list = "/v1/users/u1/recommendations";
  const std::string event = R"({"events": [{"user": "u1", "item": "i1"}]})";
  const auto get = [&](const std::string& head) { return client.request("GET", list, "", "application/json", head); };
  const auto post = [&](const std::string& head) {
    return client.request("POST", "/v1/events", event, "application/json", head).status;
  };
  const Reply none = get("");
  EXPECT_EQ(none.status, 401);
  EXPECT_NE(none.head.find("WWW-Authenticate: Bearer"), std::string::npos);
  EXPECT_FALSE(none.json().at("hint").get<std::string>().empty());
  EXPECT_EQ(get("X-API-Key: " + read_key + "x\r\n").status, 401);
  EXPECT_EQ(get("X-API-Key: " + hash_of_key(read_key) + "\r\n").status, 401);  // the stored hash is not a key
  EXPECT_EQ(get("X-API-Key: " + read_key + "\r\n").status, 200);
  EXPECT_EQ(get("Authorization: Bearer " + read_key + "\r\n").status, 200);
  EXPECT_EQ(post(""), 401);
  EXPECT_EQ(post("X-API-Key: " + read_key + "\r\n"), 403);
  EXPECT_EQ(post("X-API-Key: " + write_key + "\r\n"), 200);
  EXPECT_EQ(get("X-API-Key: " + write_key + "\r\n").status, 200);
  EXPECT_EQ(client.get("/healthz").status, 200);
  {
    auto store = Store::open(url);
    ASSERT_TRUE(store->revoke_key("reader"));
    ASSERT_TRUE(store->revoke_key("writer"));
  }
  int status = 200;
  for (int i = 0; i < 50 && status == 200; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    status = get("X-API-Key: " + read_key + "\r\n").status;
  }
  EXPECT_EQ(status, 401);
  EXPECT_EQ(post(""), 401);  // after the last key is revoked, nothing is open
}

TEST_F(ServiceTest, TenantKeyAccessesOnlyItsUsers) {
  const std::string secret = *new_key(), key = "X-API-Key: " + secret + "\r\n";
  ASSERT_TRUE(Store::open("sqlite://" + store_.string())
                  ->add_key({.name = "boss", .scope = Scope::kAdmin, .hash = hash_of_key(secret)}));
  start();
  HttpClient client(service_->port());
  const auto ask = [&](const std::string& head, const std::string& method, const std::string& target,
                       const Json& body = nullptr) {
    return client.request(method, target, body.is_null() ? "" : body.dump(), "application/json", head);
  };
  EXPECT_EQ(ask("", "GET", "/v1/users/u1/recommendations").status, 401);  // keys are needed from now on
  const Reply made = ask(key, "POST", "/v1/keys", {{"name", "acme"}, {"scope", "write"}, {"tenant", "acme"}});
  ASSERT_EQ(made.status, 200) << made.body;
  const std::string acme = "Authorization: Bearer " + made.json().at("key").get<std::string>() + "\r\n";
  EXPECT_EQ(ask(acme, "GET", "/v1/users/acme:1/recommendations").status, 200);
  for (const char* const other : {"u1", "acme", "acmex:1", "other:1"}) {
    EXPECT_EQ(ask(acme, "GET", std::string("/v1/users/") + other + "/recommendations").status, 403) << other;
    EXPECT_EQ(ask(acme, "GET", std::string("/v1/users/") + other + "/events").status, 403);
    EXPECT_EQ(ask(acme, "GET", std::string("/v1/users/") + other).status, 403);
    EXPECT_EQ(ask(acme, "DELETE", std::string("/v1/users/") + other).status, 403);
    EXPECT_EQ(ask(acme, "PUT", std::string("/v1/users/") + other, Json::object()).status, 403);
    EXPECT_EQ(ask(acme, "POST", "/v1/events", {{"events", {{{"user", other}, {"item", "i1"}}}}}).status, 403);
    EXPECT_EQ(ask(acme, "POST", "/v1/recommendations", {{"user", other}}).status, 403);
    EXPECT_EQ(ask(acme, "POST", "/v1/recommendations", {{"users", {"acme:1", other}}}).status, 403);
    EXPECT_EQ(ask(acme, "GET", std::string("/v1/search?q=quiet&user=") + other).status, 403);
  }
  EXPECT_EQ(ask(acme, "POST", "/v1/events", {{"events", {{{"user", "acme:1"}, {"item", "i1"}}}}}).status, 200);
  const Json users = ask(acme, "GET", "/v1/users").json();
  for (const Json& user : users.at("users")) {
    EXPECT_TRUE(user.get<std::string>().starts_with("acme:"));
  }
  EXPECT_EQ(ask(acme, "GET", "/v1/keys").status, 403);
  EXPECT_EQ(ask(acme, "PUT", "/v1/rules/x", {{"do", "pin"}, {"item", "i1"}}).status, 403);
  EXPECT_EQ(ask(key, "DELETE", "/v1/keys/acme").status, 200);
  EXPECT_EQ(ask(acme, "GET", "/v1/users/acme:1/recommendations").status, 401);  // without delay
}

}  // namespace
}  // namespace haina
