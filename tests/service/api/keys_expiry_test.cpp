// Keys that end, keys that get another secret, and what a listing says of them.
#include <string>
#include <thread>

#include "base/clock.h"
#include "service/api/api_keys.h"
#include "service/service_fixture.h"

namespace haina {
namespace {

constexpr int64_t kSecondUs = 1'000'000;

class KeysExpiry : public ServiceTest {
 protected:
  std::string url() const { return "sqlite://" + store_.string(); }
  // Adds a key past the service and starts it again; returns the secret.
  std::string add(ApiKey key) const {
    const std::string secret = *new_key();
    key.hash = hash_of_key(secret);
    EXPECT_TRUE(Store::open(url())->add_key(key));
    return secret;
  }
  Reply ask(const std::string& secret, const std::string& method, const std::string& target,
            const Json& body = nullptr) const {
    return HttpClient(service_->port())
        .request(method, target, body.is_null() ? "" : body.dump(), "application/json",
                 "X-API-Key: " + secret + "\r\n");
  }
};

TEST_F(KeysExpiry, AnExpiredKeyIsRefusedWithAHint) {
  const std::string old = add({.name = "old", .scope = Scope::kAdmin, .expires_us = now_us() - kSecondUs});
  const std::string good = add({.name = "good", .scope = Scope::kAdmin, .expires_us = now_us() + 3600 * kSecondUs});
  const std::string soon = add({.name = "soon", .scope = Scope::kRead, .expires_us = now_us() + 3 * kSecondUs});
  start();
  EXPECT_EQ(ask(good, "GET", "/v1/keys").status, 200);
  EXPECT_EQ(ask(soon, "GET", "/v1/popular").status, 200);
  const Reply refused = ask(old, "GET", "/v1/keys");
  EXPECT_EQ(refused.status, 401);
  EXPECT_NE(refused.json().at("detail").get<std::string>().find("expired"), std::string::npos) << refused.body;
  EXPECT_NE(refused.json().at("hint").get<std::string>().find("--expires"), std::string::npos) << refused.body;
  const Reply unknown = ask("haina_nobody", "GET", "/v1/keys");
  EXPECT_NE(unknown.json().at("detail").get<std::string>().find("unknown"), std::string::npos) << unknown.body;
  for (int i = 0; i < 60 && ask(soon, "GET", "/v1/popular").status == 200; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(ask(soon, "GET", "/v1/popular").status, 401) << "it ends while the service runs";
}

TEST_F(KeysExpiry, RotationKeepsTheOldSecretForTheGrace) {
  const std::string boss = add({.name = "boss", .scope = Scope::kAdmin});
  start();
  const Reply made = ask(boss, "POST", "/v1/keys", {{"name", "shop"}, {"scope", "write"}, {"expires", "90d"}});
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_FALSE(made.json().at("expires").is_null());
  const std::string first = made.json().at("key");
  const Reply rotated = ask(boss, "POST", "/v1/keys/shop/rotate", {{"grace", "1h"}});
  ASSERT_EQ(rotated.status, 200) << rotated.body;
  EXPECT_EQ(rotated.json().at("scope"), "write");
  EXPECT_EQ(rotated.json().at("expires"), made.json().at("expires"));
  const std::string second = rotated.json().at("key");
  EXPECT_NE(first, second);
  EXPECT_EQ(ask(first, "GET", "/v1/popular").status, 200);
  EXPECT_EQ(ask(second, "GET", "/v1/popular").status, 200);
  const std::string third = ask(boss, "POST", "/v1/keys/shop/rotate", {{"grace", "0"}}).json().at("key");
  EXPECT_EQ(ask(third, "GET", "/v1/popular").status, 200);
  EXPECT_EQ(ask(first, "GET", "/v1/popular").status, 401) << "two rotations ago";
  const Reply ended = ask(second, "GET", "/v1/popular");
  EXPECT_EQ(ended.status, 401);
  EXPECT_NE(ended.json().at("detail").get<std::string>().find("replaced"), std::string::npos) << ended.body;
  EXPECT_EQ(ask(boss, "POST", "/v1/keys/nobody/rotate", Json::object()).status, 404);
  EXPECT_EQ(ask(boss, "POST", "/v1/keys/shop/rotate", {{"grace", "soon"}}).status, 422);
  EXPECT_EQ(ask(boss, "POST", "/v1/keys", {{"name", "x"}, {"expires", "1999-01-01"}}).status, 422);
  EXPECT_EQ(ask(third, "POST", "/v1/keys/shop/rotate", Json::object()).status, 403) << "admins alone rotate";
}

TEST_F(KeysExpiry, ATenantRotatesItsOwnKeysOnly) {
  const std::string acme = add({.name = "acme", .scope = Scope::kAdmin, .tenant = "acme"});
  add({.name = "boss", .scope = Scope::kAdmin});
  start();
  EXPECT_EQ(ask(acme, "POST", "/v1/keys/boss/rotate", Json::object()).status, 404);
  EXPECT_EQ(ask(acme, "POST", "/v1/keys/acme/rotate", Json::object()).status, 200);
}

TEST_F(KeysExpiry, AListingSaysWhenAKeyWasUsedLast) {
  const std::string boss = add({.name = "boss", .scope = Scope::kAdmin, .created_us = now_us()});
  add({.name = "idle", .scope = Scope::kRead, .tenant = "acme"});
  start();
  const auto listed = [&](const std::string& name) {
    const Json keys = ask(boss, "GET", "/v1/keys").json().at("keys");
    return *std::ranges::find_if(keys, [&](const Json& key) { return key.at("name") == name; });
  };
  Json used = listed("boss");
  for (int i = 0; i < 60 && used.at("last_used").is_null(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    used = listed("boss");
  }
  EXPECT_EQ(used.at("last_used"), day_text(now_us() / (86'400 * kSecondUs)));
  EXPECT_FALSE(used.at("created").is_null());
  EXPECT_TRUE(used.at("expires").is_null());
  const Json idle = listed("idle");
  EXPECT_TRUE(idle.at("last_used").is_null());
  EXPECT_TRUE(idle.at("created").is_null());
  EXPECT_EQ(idle.at("tenant"), "acme");
}

}  // namespace
}  // namespace haina
