// What a tenant's keys may do, route by route.
#include <string>
#include <vector>

#include "service/gorse/gorse.h"
#include "service/service_fixture.h"

namespace haina {
namespace {

std::string add_key(const fs::path& path, const ApiKey& key) {
  auto store = Store::open("sqlite://" + path.string());
  const std::string secret = *new_key();
  ApiKey stored = key;
  stored.hash = hash_of_key(secret);
  EXPECT_TRUE(store->add_key(stored));
  return "X-API-Key: " + secret + "\r\n";
}

TEST(Tenants, EveryRouteSaysWhatTheirKeysMayDo) {
  for (const RouteTable& table : {v1_routes(), gorse_routes()}) {
    for (const Route& route : table.routes) {
      EXPECT_EQ(route.needs.has_value(), route.tenants.has_value()) << route.method << " " << route.path;
      // What all tenants share is not theirs to change.
      const bool changes = std::string(route.method) != "GET" && route.needs > Scope::kRead;
      EXPECT_FALSE(changes && route.tenants == TenantKeys::kAlike) << route.method << " " << route.path;
    }
  }
}

TEST_F(ServiceTest, TenantsAreRefusedWhatConcernsAll) {
  const std::string boss = add_key(store_, {.name = "boss", .scope = Scope::kAdmin});
  const std::string acme = add_key(store_, {.name = "acme", .scope = Scope::kAdmin, .tenant = "acme"});
  start({.store = "", .http = {.threads = 1}, .gorse = true});
  HttpClient client(service_->port());
  int refused = 0;
  for (const RouteTable& table : {v1_routes(), gorse_routes()}) {
    for (const Route& route : table.routes) {
      if (route.tenants != TenantKeys::kRefused) {
        continue;
      }
      std::string target = route.path;
      for (size_t begin = target.find('{'); begin != std::string::npos; begin = target.find('{')) {
        target.replace(begin, target.find('}') - begin + 1, "i1");
      }
      const std::string body = route.body.is_null() ? "" : "{}";
      EXPECT_EQ(client.request(route.method, target, body, "application/json", acme).status, 403)
          << route.method << " " << route.path;
      ++refused;
    }
  }
  EXPECT_GT(refused, 15);
  for (const char* const target : {"/v1/quality", "/v1/overview", "/metrics", "/v1/training", "/v1/models"}) {
    EXPECT_EQ(client.request("GET", target, "", "application/json", acme).status, 403) << target;
    EXPECT_EQ(client.request("GET", target, "", "application/json", boss).status, 200) << target;
  }
  EXPECT_EQ(client.request("PATCH", "/v1/items/i1", R"({"hidden": true})", "application/json", acme).status, 403);
  EXPECT_EQ(client.request("GET", "/v1/items/i1", "", "application/json", acme).json().at("hidden"), false);
}

TEST_F(ServiceTest, ATenantsKeyMakesAndSeesKeysOfItsTenantOnly) {
  const std::string boss = add_key(store_, {.name = "boss", .scope = Scope::kAdmin});
  const std::string acme = add_key(store_, {.name = "acme", .scope = Scope::kAdmin, .tenant = "acme"});
  start();
  HttpClient client(service_->port());
  const auto ask = [&](const std::string& key, const std::string& method, const std::string& target,
                       const Json& body = nullptr) {
    return client.request(method, target, body.is_null() ? "" : body.dump(), "application/json", key);
  };
  const Reply child = ask(acme, "POST", "/v1/keys", {{"name", "child"}, {"scope", "admin"}});
  ASSERT_EQ(child.status, 200) << child.body;
  EXPECT_EQ(child.json().at("tenant"), "acme");
  const std::string key = "X-API-Key: " + child.json().at("key").get<std::string>() + "\r\n";
  EXPECT_EQ(ask(key, "GET", "/v1/users/u1").status, 403);
  EXPECT_EQ(ask(key, "GET", "/v1/users/acme:1").status, 200);
  EXPECT_EQ(ask(acme, "POST", "/v1/keys", {{"name", "spy"}, {"tenant", "other"}}).status, 422);
  EXPECT_EQ(ask(boss, "POST", "/v1/keys", {{"name", "bad"}, {"tenant", "acme:sub"}}).status, 422);
  const Json seen = ask(acme, "GET", "/v1/keys").json().at("keys");
  EXPECT_EQ(seen.size(), 2U);
  EXPECT_EQ(ask(acme, "DELETE", "/v1/keys/boss").status, 404);
  EXPECT_EQ(ask(boss, "GET", "/v1/keys").json().at("keys").size(), 3U);
  EXPECT_EQ(ask(acme, "DELETE", "/v1/keys/child").status, 200);
}

TEST_F(ServiceTest, TenantsDoNotShareTheirEventsIds) {
  const std::string acme = add_key(store_, {.name = "acme", .scope = Scope::kWrite, .tenant = "acme"});
  const std::string shop = add_key(store_, {.name = "shop", .scope = Scope::kWrite, .tenant = "shop"});
  start();
  HttpClient client(service_->port());
  const auto post = [&](const std::string& key, const std::string& user, const std::string& id) {
    const Json body = {{"events", {{{"user", user}, {"item", "i1"}, {"id", id}}}}};
    return client.request("POST", "/v1/events", body.dump(), "application/json", key);
  };
  EXPECT_EQ(post(acme, "acme:1", "order-1").json().at("accepted"), 1);
  EXPECT_EQ(post(shop, "shop:1", "order-1").json().at("accepted"), 1);  // not "known"
  EXPECT_EQ(post(shop, "shop:1", "order-1").json().at("known"), 1);
  const Json events = client.request("GET", "/v1/users/shop:1/events", "", "application/json", shop).json();
  EXPECT_EQ(events.at("events").at(0).at("id"), "order-1");
  for (const char* const own :
       {"kafka clicks 0 7 0", "gorse 5 click 1 u i", "feedback:l_1:like:i1", "tenant 4 acme order-2"}) {
    EXPECT_EQ(post(shop, "shop:1", own).status, 422) << own;
  }
}

TEST_F(ServiceTest, OnceKeysWereUsedTheServiceStaysClosed) {
  add_key(store_, {.name = "boss", .scope = Scope::kAdmin});
  {
    auto store = Store::open("sqlite://" + store_.string());
    EXPECT_EQ(store->forget_keys_were_used().error().code, ErrorCode::kInvalidArgument);  // there is a key
    ASSERT_TRUE(store->revoke_key("boss"));
  }
  start();
  EXPECT_EQ(HttpClient(service_->port()).get("/v1/users/u1").status, 401);
  EXPECT_EQ(HttpClient(service_->port()).get("/healthz").status, 200);
  service_.reset();
  ASSERT_TRUE(Store::open("sqlite://" + store_.string())->forget_keys_were_used());
  start();
  EXPECT_EQ(HttpClient(service_->port()).get("/v1/users/u1").status, 200);
}

}  // namespace
}  // namespace haina
