// Servers that share a store end at the same state, whatever clients did to which of them.
#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/sha256.h"
#include "service/service_fixture.h"
#include "temporary_postgres.h"

namespace haina {
namespace {

class Agree : public ServiceTest {
 protected:
  static constexpr int kServers = 3;

  void SetUp() override {
    static const TemporaryPostgres server;
    if (!server.why_not().empty()) {
      GTEST_SKIP() << server.why_not();
    }
    static int databases = 0;
    url_ = server.database("agree" + std::to_string(databases++));
    for (int s = 0; s < kServers; ++s) {
      servers_.push_back(start_one());
      ASSERT_TRUE(servers_.back());
    }
  }

  std::unique_ptr<Service> start_one() const {
    auto service =
        Service::start(*load_config(folder_ / "haina.toml"), {.store = url_, .http = {.threads = 2}, .gorse = true});
    EXPECT_TRUE(service) << (service ? "" : to_text(service.error()));
    return service ? std::move(*service) : nullptr;
  }

  // What clients can see of rules, items and users, by its path.
  static std::map<std::string, std::string> state_of(const Service& service) {
    HttpClient client(service.port());
    std::map<std::string, std::string> state;
    const auto look_at = [&](const std::string& path) { state[path] = client.get(path).body; };
    look_at("/v1/rules");
    for (int i = 0; i < 8; ++i) {
      look_at("/v1/items/i" + std::to_string(i));
      look_at("/v1/items/new" + std::to_string(i));
      look_at("/v1/users/x" + std::to_string(i));
    }
    return state;
  }

  // The first difference between the servers' states; empty where there is none within that time.
  std::string difference(std::chrono::milliseconds within) const {
    const auto until = std::chrono::steady_clock::now() + within;
    std::string found;
    do {
      found.clear();
      const auto first = state_of(*servers_[0]);
      for (size_t s = 1; s < servers_.size() && found.empty(); ++s) {
        for (const auto& [path, body] : state_of(*servers_[s])) {
          if (body != first.at(path)) {
            found += path + "\n" + first.at(path) + "\n" + body + "\n";
          }
        }
      }
    } while (!found.empty() && std::chrono::steady_clock::now() < until);
    return found;
  }

  HttpClient client(size_t server) const { return HttpClient(servers_[server]->port()); }

  std::string url_;
  std::vector<std::unique_ptr<Service>> servers_;
};

TEST_F(Agree, ASecondDeletionTheLastRuleAndFeedbackReachAllServers) {
  ASSERT_EQ(client(0).put("/v1/rules/only", {{"do", "pin"}, {"item", "i7"}, {"position", 1}}).status, 200);
  ASSERT_EQ(client(1).put("/v1/users/x1", {{"friends", {"x2"}}}).status, 200);
  EXPECT_EQ(difference(std::chrono::seconds(2)), "");
  EXPECT_EQ(client(2).get("/v1/rules").json().at("rules").size(), 1U);
  ASSERT_EQ(client(0).request("DELETE", "/v1/rules/only").status, 200);
  for (int times = 0; times < 2; ++times) {
    ASSERT_EQ(client(1).post("/v1/events", {{"events", {{{"user", "x1"}, {"item", "i1"}}}}}).status, 200);
    ASSERT_EQ(client(0).request("DELETE", "/v1/users/x1").status, 200);
    EXPECT_EQ(difference(std::chrono::seconds(2)), "");
    EXPECT_TRUE(client(2).get("/v1/users/x1").json().at("history").empty()) << times;
  }
  EXPECT_EQ(client(1).get("/v1/rules").json().at("rules"), Json::array());
  const Json click = Json::array({{{"FeedbackType", "click"}, {"UserId", "x3"}, {"ItemId", "i2"}}});
  for (size_t times = 0; times < 2; ++times) {
    ASSERT_EQ(client(times).put("/api/feedback", click).status, 200);
  }
  EXPECT_EQ(difference(std::chrono::seconds(2)), "");
  EXPECT_EQ(client(2).get("/v1/users/x3").json().at("history").size(), 1U) << "replaced, not added";
  const Json list = client(1).get("/v1/users/u4/recommendations?k=3").json();
  const Json liked = {{"list", list.at("list")}, {"user", "u4"}, {"kind", "like"}, {"item", "i4"}};
  EXPECT_EQ(client(0).post("/v1/feedback", liked).status, 200) << "at once, though another server gave the list";
  Json of_other = liked;
  of_other["user"] = "u5";
  EXPECT_EQ(client(0).post("/v1/feedback", of_other).status, 404) << "the list is not this user's";
  ASSERT_EQ(client(2).request("DELETE", "/v1/users/u4").status, 200);
  for (int i = 0; i < 40 && client(0).post("/v1/feedback", liked).status != 404; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(client(0).post("/v1/feedback", liked).status, 404);
}

TEST_F(Agree, RandomOperationsEndAtOneState) {
  constexpr int kOperations = 400;
  RandomStream random(7, "agree");
  const auto one_of = [&](const char* name, int64_t count) { return name + std::to_string(random.below(count)); };
  int failed = 0;
  for (int i = 0; i < kOperations; ++i) {
    HttpClient client(servers_[static_cast<size_t>(random.below(kServers))]->port());
    const std::string user = one_of("x", 8), item = random.below(3) == 0 ? one_of("new", 8) : one_of("i", 8);
    const int64_t what = random.below(22);
    Reply reply;
    if (what < 9) {
      reply = client.post("/v1/events", {{"events", {{{"user", user}, {"item", item}, {"action", "click"}}}}});
    } else if (what < 11) {
      reply = client.put("/v1/users/" + user, {{"friends", {one_of("x", 8), one_of("x", 8)}}});
    } else if (what < 13) {
      reply = client.put("/v1/items/" + item, {{"taste", one_of("t", 3)}, {"year", 1980 + random.below(40)}});
    } else if (what < 14) {
      reply = client.request("DELETE", "/v1/items/" + item);
    } else if (what < 16) {
      reply = client.put("/v1/rules/" + one_of("r", 3),
                         {{"do", "boost"}, {"field", "items.taste"}, {"is", {one_of("t", 3)}}, {"by", 0.5}});
    } else if (what < 18) {
      reply = client.request("DELETE", "/v1/rules/" + one_of("r", 3));  // 404 where there is none
    } else if (what < 19) {
      reply = client.request("DELETE", "/api/feedback/click/" + user + "/" + item);
    } else if (what < 21) {
      reply = client.put("/api/feedback",
                         Json::array({{{"FeedbackType", "click"}, {"UserId", user}, {"ItemId", one_of("i", 8)}}}));
    } else {
      reply = client.request("DELETE", "/v1/users/" + user);
    }
    failed += reply.status != 200 && reply.status != 404 ? 1 : 0;
  }
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(difference(std::chrono::seconds(3)), "");
  servers_.push_back(start_one());  // which knows nothing but what the store has
  EXPECT_EQ(difference(std::chrono::seconds(3)), "");
}

}  // namespace
}  // namespace haina
