// What one client's changes cost the others: items beside many items, and feedback that replaces feedback.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "service/service_fixture.h"

namespace haina {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

Json item(int number) {
  return {{"item", "new-" + std::to_string(number)},
          {"title", "The odd zeppelin " + std::to_string(number)},
          {"taste", "t" + std::to_string(number % 3)},
          {"year", 1990 + number % 30}};
}

TEST_F(ServiceTest, AnItemIsPutAsFastBesideThousandsOfOthers) {
  HttpClient client(service_->port());
  int next = 0;
  const auto seconds_each = [&] {
    constexpr int kEach = 30;
    const auto begin = Clock::now();
    for (int i = 0; i < kEach; ++i) {
      Json body = item(next++);
      const std::string id = body["item"];
      body.erase("item");
      EXPECT_EQ(client.put("/v1/items/" + id, body).status, 200);
    }
    return seconds_since(begin) / kEach;
  };
  const double few = seconds_each();
  for (int batch = 0; batch < 8; ++batch) {
    Json items = Json::array();
    for (int i = 0; i < 1000; ++i) {
      items.push_back(item(next++));
    }
    ASSERT_EQ(client.post("/v1/items", {{"items", items}}).status, 200);
  }
  const double many = seconds_each();
  EXPECT_LT(many, 5 * few + 0.03) << few * 1e3 << " ms at first, " << many * 1e3 << " ms beside 8,000";
}

// The same items, put one after the other and read from the store at once, are the same.
TEST_F(ServiceTest, ItemsPutOneByOneAreThoseOfARestart) {
  {
    HttpClient client(service_->port());
    for (int i = 0; i < 20; ++i) {
      Json body = item(i % 15);  // the first five are put twice
      const std::string id = body["item"];
      body.erase("item");
      body["year"] = 1980 + i;
      ASSERT_EQ(client.put("/v1/items/" + id, body).status, 200);
    }
    ASSERT_EQ(client.put("/v1/items/i3", {{"title", "Renamed"}, {"taste", "t1"}}).status, 200);
  }
  const auto scores = [&](const char* target) {
    HttpClient client(service_->port());
    const Reply reply = client.get(target);
    EXPECT_EQ(reply.status, 200) << target;
    std::map<std::string, double> scores;
    const Json document = reply.json();
    for (const Json& one : document.at("items")) {
      scores[one.at("item")] = one.at("score");
    }
    return scores;
  };
  const auto described = [&](const char* target) { return HttpClient(service_->port()).get(target).json(); };
  const std::vector<const char*> lists = {"/v1/items/new-3/similar?k=100", "/v1/items/i3/similar?k=100",
                                          "/v1/users/u4/recommendations?k=100&record=0"};
  std::vector<std::map<std::string, double>> before;
  for (const char* const target : lists) {
    before.push_back(scores(target));
  }
  const Json added = described("/v1/items/new-14"), changed = described("/v1/items/i3");
  start();
  for (size_t l = 0; l < lists.size(); ++l) {
    const std::map<std::string, double> after = scores(lists[l]);
    ASSERT_EQ(after.size(), before[l].size()) << lists[l];
    for (const auto& [id, score] : after) {
      ASSERT_TRUE(before[l].contains(id)) << lists[l] << " " << id;
      EXPECT_NEAR(score, before[l].at(id), 1e-4) << lists[l] << " " << id;
    }
  }
  EXPECT_EQ(described("/v1/items/new-14"), added);
  EXPECT_EQ(described("/v1/items/i3"), changed);
}

class OverwriteTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    start({.store = "", .http = {.threads = 2}, .gorse = true});
  }
  static Json feedback(int count, double value) {
    Json all = Json::array();
    for (int i = 0; i < count; ++i) {
      all.push_back({{"FeedbackType", "click"},
                     {"UserId", "ann"},
                     {"ItemId", "i" + std::to_string(i % 60) + (i < 60 ? "" : "-" + std::to_string(i))},
                     {"Value", value}});
    }
    return all;
  }
};

TEST_F(OverwriteTest, ReplacingTwoThousandRowsHoldsUpNobody) {
  HttpClient client(service_->port());
  ASSERT_EQ(client.put("/api/feedback", feedback(2000, 1)).status, 200);
  std::atomic<bool> done = false;
  double longest = 0;
  std::thread other([&] {
    HttpClient neighbour(service_->port());
    while (!done) {
      const auto begin = Clock::now();
      EXPECT_EQ(neighbour.post("/v1/events", {{"events", {{{"user", "ben"}, {"item", "i1"}}}}}).status, 200);
      longest = std::max(longest, seconds_since(begin));
    }
  });
  const auto begin = Clock::now();
  const Reply reply = client.put("/api/feedback", feedback(2000, 2));
  const double took = seconds_since(begin);
  done = true;
  other.join();
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.json().at("RowAffected"), 2000);
  EXPECT_LT(took, 3);
  EXPECT_LT(longest, 1);
  int newer = 0;
  const Json stored = client.get("/api/user/ann/feedback").json();
  for (const Json& one : stored) {
    newer += one.at("Value") == 2 ? 1 : 0;
  }
  EXPECT_EQ(stored.size(), 2000U);
  EXPECT_EQ(newer, 2000);
}

TEST_F(OverwriteTest, TheLastOfEqualRowsCountsAndOthersStay) {
  HttpClient client(service_->port());
  ASSERT_EQ(client
                .post("/v1/events", {{"events",
                                      {{{"user", "ann"}, {"item", "i7"}, {"action", "click"}, {"id", "own"}},
                                       {{"user", "ann"}, {"item", "i7"}, {"action", "view"}}}}})
                .status,
            200);
  const Json row = {{"FeedbackType", "click"}, {"UserId", "ann"}, {"ItemId", "i7"}};
  Json first = row, last = row;
  first["Value"] = 1;
  last["Value"] = 3;
  EXPECT_EQ(client.put("/api/feedback", Json::array({first, last})).status, 200);
  const Json events = client.get("/v1/users/ann/events").json().at("events");
  ASSERT_EQ(events.size(), 2U) << events;
  EXPECT_EQ(events[0].at("action"), "click");  // newest first
  EXPECT_EQ(events[0].at("value"), 3);
  EXPECT_EQ(events[1].at("action"), "view");
}

}  // namespace
}  // namespace haina
