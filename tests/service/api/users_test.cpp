// Users: profile, friends, forgetting.
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "service/service_fixture.h"

namespace haina {
namespace {

// With a project of its own: the service takes a forgotten user out of the prepared data.
class ForgottenUser : public ServiceTest {};

TEST_F(ForgottenUser, IsUnknown) {
  const std::string list = "/v1/users/u1/recommendations?k=60";
  std::vector<std::string> newcomers;
  const auto check = [&] {
    HttpClient client(service_->port());
    EXPECT_EQ(items_of(client.get(list)), newcomers);
    EXPECT_TRUE(client.get("/v1/users/u1/events").json().at("events").empty());
  };
  {
    HttpClient client(service_->port());
    newcomers = items_of(client.get("/v1/users/never%20seen/recommendations?k=60"));
    client.post("/v1/events", {{"events", {{{"user", "u1"}, {"item", "i1"}}, {{"user", "u2"}, {"item", "i2"}}}}});
    EXPECT_NE(items_of(client.get(list)), newcomers);
    const auto on_disk = [&] {  // how SQLite writes the row
      std::string bytes;
      for (const char* const ending : {"", "-wal"}) {
        std::ifstream file(store_.string() + ending, std::ios::binary);
        bytes.append((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
      }
      return bytes.find("u1i1") != std::string::npos;
    };
    EXPECT_TRUE(on_disk());
    const Json gone = client.request("DELETE", "/v1/users/u1").json();
    EXPECT_EQ(gone.at("forgotten"), true);
    EXPECT_EQ(gone.at("deleted").at("events"), 1);
    EXPECT_EQ(gone.at("overwritten"), true);
    EXPECT_EQ(gone.at("notes").size(), 3U);
    EXPECT_FALSE(on_disk());  // deleted and overwritten
  }
  check();
  start();
  check();
  EXPECT_EQ(service_->replayed(), 1);  // the other user's event
  HttpClient client(service_->port());
  client.post("/v1/events", {{"events", {{{"user", "u1"}, {"item", "i4"}}}}});
  EXPECT_NE(items_of(client.get(list)), newcomers);  // new events of the user count again
}

TEST_F(ForgottenUser, WhoIsPutAgainIsKnown) {
  HttpClient client(service_->port());
  EXPECT_EQ(client.request("DELETE", "/v1/users/u7").status, 200);
  EXPECT_EQ(client.get("/v1/users/u7").json().at("known"), false);
  ASSERT_EQ(client.put("/v1/users/u7", {{"friends", {"u1"}}}).status, 200);
  EXPECT_EQ(client.get("/v1/users/u7").json().at("known"), true);
  start();
  EXPECT_EQ(HttpClient(service_->port()).get("/v1/users/u7").json().at("known"), true);
}

TEST_F(ServiceTest, ReplacedFriendsStayReplaced) {
  HttpClient client(service_->port());
  client.put("/v1/users/someone", {{"friends", {"u1", "u4"}}});
  ASSERT_EQ(client.request("PATCH", "/v1/users/someone", "{}").status, 200);
  EXPECT_EQ(client.get("/v1/users/someone").json().at("friends"), Json({"u1", "u4"}));
  client.put("/v1/users/someone", Json::object());
  EXPECT_EQ(client.get("/v1/users/someone").json().at("friends"), Json::array());
  start();
  EXPECT_EQ(HttpClient(service_->port()).get("/v1/users/someone").json().at("friends"), Json::array());
}

TEST_F(ServiceTest, FriendsOfANewUserAreKept) {
  HttpClient client(service_->port());
  const Reply refused = client.put("/v1/users/someone", {{"age", 30}});
  EXPECT_EQ(refused.status, 422);  // this project has no source of user profiles
  const Reply made = client.put("/v1/users/someone", {{"friends", {"u1", "u4"}}});
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.json().at("friends"), Json({"u1", "u4"}));
  start();
  EXPECT_EQ(HttpClient(service_->port()).get("/v1/users/someone").json().at("friends"), Json({"u1", "u4"}));
}

TEST_F(ServiceTest, AHistoryHasEveryActionAndIsReadByPages) {
  HttpClient client(service_->port());
  const Json before = client.get("/v1/users/u1/history").json();
  ASSERT_EQ(before.at("total"), before.at("events").size());
  ASSERT_GE(before.at("total").get<int64_t>(), 10);
  ASSERT_EQ(client
                .post("/v1/events", {{"events",
                                      {{{"user", "u1"}, {"item", "i4"}, {"action", "click"}},
                                       {{"user", "u1"}, {"item", "i5"}, {"action", "click"}}}}})
                .status,
            200);
  const Json all = client.get("/v1/users/u1/history?limit=1000").json();
  EXPECT_EQ(all.at("total").get<int64_t>(), before.at("total").get<int64_t>() + 2);
  EXPECT_EQ(client.get("/v1/users/u1").json().at("events"), all.at("total"));
  EXPECT_TRUE(all.at("events")[0].at("live").get<bool>());
  EXPECT_FALSE(all.at("events").back().at("live").get<bool>());
  Json pages = Json::array();
  for (int64_t offset = 0; offset < all.at("total").get<int64_t>(); offset += 5) {
    const Json page = client.get("/v1/users/u1/history?limit=5&offset=" + std::to_string(offset)).json();
    EXPECT_EQ(page.at("total"), all.at("total"));
    pages.insert(pages.end(), page.at("events").begin(), page.at("events").end());
  }
  EXPECT_EQ(pages, all.at("events"));
  EXPECT_EQ(client.get("/v1/users/nobody/history").json().at("total"), 0);
  EXPECT_EQ(client.get("/v1/users/u1/history?limit=0").status, 422);
  EXPECT_EQ(client.get("/v1/users/u1/history?offset=-1").status, 422);
}

}  // namespace
}  // namespace haina
