// Gorse's paths: what its feedback keeps out of lists, its parameters, times, and forgetting.
#include <algorithm>
#include <string>
#include <vector>

#include "service/service_fixture.h"

namespace haina {
namespace {

class GorseTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    start({.store = "", .http = {.threads = 2}, .gorse = true});
  }
  static Json feedback(const std::string& type, const std::string& user, const std::string& item,
                       const std::string& time = "") {
    return {{"FeedbackType", type}, {"UserId", user}, {"ItemId", item}, {"Timestamp", time}};
  }
  static std::vector<std::string> ids_of(const Reply& reply) {
    EXPECT_EQ(reply.status, 200) << reply.body;
    std::vector<std::string> ids;
    for (const Json& one : reply.json()) {
      ids.push_back(one.is_string() ? one.get<std::string>() : one.at("Id").get<std::string>());
    }
    return ids;
  }
  static bool contains(const std::vector<std::string>& ids, const std::string& id) {
    return std::ranges::find(ids, id) != ids.end();
  }
};

TEST_F(GorseTest, ReadItemsAreNotRecommendedAgain) {
  HttpClient client(service_->port());
  const std::string item = ids_of(client.get("/api/recommend/u4?n=10")).at(0);
  ASSERT_EQ(client.post("/api/feedback", Json::array({feedback("read", "u4", item)})).status, 200);
  EXPECT_FALSE(contains(ids_of(client.get("/api/recommend/u4?n=60")), item));
  EXPECT_TRUE(contains(ids_of(client.get("/api/popular?n=60")), item));
  EXPECT_FALSE(contains(ids_of(client.get("/api/popular?n=60&user-id=u4")), item));
}

TEST_F(GorseTest, CategoryMayStandInThePathOrTheQuery) {
  HttpClient client(service_->port());
  const std::vector<std::string> by_path = ids_of(client.get("/api/recommend/u4/t2?n=5"));
  ASSERT_EQ(by_path.size(), 5U);
  EXPECT_EQ(ids_of(client.get("/api/recommend/u4?n=5&category=t2")), by_path);
  for (const std::string& id : ids_of(client.get("/api/popular?n=5&category=t2"))) {
    EXPECT_EQ(std::stoi(id.substr(1)) % 3, 2) << id;
  }
  EXPECT_FALSE(ids_of(client.get("/api/item/i1/neighbors?n=5&category=t2")).empty());
}

TEST_F(GorseTest, ATimestampThatIsNoTimeIsRefused) {
  HttpClient client(service_->port());
  for (const char* const wrong : {"yesterday-ish", "2026-13-01", "9999-01-01", "03/04/2024"}) {
    const Reply refused = client.post("/api/feedback", Json::array({feedback("read", "t", "i1", wrong)}));
    EXPECT_EQ(refused.status, 400) << wrong;
    EXPECT_NE(refused.body.find("Timestamp"), std::string::npos) << refused.body;
  }
  EXPECT_EQ(client.post("/api/item", {{"ItemId", "i1"}, {"Timestamp", "soon"}}).status, 400);
  EXPECT_EQ(client.get("/api/user/t/feedback").json(), Json::array());
  for (const char* const right :
       {"", "2024-02-29", "2024-02-29T12:30:00Z", "29 Feb 2024 12:30", "0001-01-01T00:00:00Z"}) {
    EXPECT_EQ(client.post("/api/feedback", Json::array({feedback("read", "t", "i1", right)})).status, 200) << right;
  }
}

TEST_F(GorseTest, ADeletedUsersListsAreForgotten) {
  HttpClient client(service_->port());
  const Json list = client.get("/v1/users/u7/recommendations?k=3").json();
  const Json like = {{"list", list.at("list")}, {"user", "u7"}, {"kind", "like"}};
  EXPECT_EQ(client.post("/v1/feedback", like).status, 200);
  ASSERT_EQ(client.request("DELETE", "/api/user/u7").status, 200);
  EXPECT_EQ(client.post("/v1/feedback", like).status, 404);
}

// Forgetting takes the row of the dataset away; events that come afterwards make the user a user again.
TEST_F(GorseTest, AUserWhoCameBackAfterForgettingIsANeighborLikeOthers) {
  HttpClient client(service_->port());
  ASSERT_EQ(client.request("DELETE", "/v1/users/u4").status, 200);
  for (const char* const item : {"i1", "i4", "i7"}) {
    ASSERT_EQ(client.post("/v1/events", {{"events", {{{"user", "u4"}, {"item", item}}}}}).status, 200);
  }
  const Reply near = client.get("/api/user/u1/neighbors?n=500");
  ASSERT_EQ(near.status, 200);
  std::vector<std::string> ids;
  for (const Json& one : near.json()) {
    ids.push_back(one.at("Id"));
  }
  EXPECT_EQ(std::ranges::count(ids, "u4"), 1);
  EXPECT_EQ(std::ranges::count(ids, "u1"), 0);
}

}  // namespace
}  // namespace haina
