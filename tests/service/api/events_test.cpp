// Events and feedback: accepted, seen by the next list, kept, counted.
#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "service/service_fixture.h"

namespace haina {
namespace {

TEST_F(ServiceTest, NextListReflectsAnEvent) {
  HttpClient client(service_->port());
  const std::string list = "/v1/users/someone%20new/recommendations?k=5";
  EXPECT_FALSE(client.get(list).json().at("notes").empty());
  const Reply posted = client.post("/v1/events", {{"events",
                                                   {{{"user", "someone new"}, {"item", "i1"}},
                                                    {{"user", "someone new"}, {"item", "i4"}, {"action", "click"}},
                                                    {{"user", "someone new"}, {"item", "no such item"}}}}});
  EXPECT_EQ(posted.status, 200) << posted.body;
  EXPECT_EQ(posted.json().at("accepted"), 3);
  EXPECT_EQ(posted.json().at("known"), 0);
  ASSERT_EQ(posted.json().at("notes").size(), 1U);
  EXPECT_EQ(posted.json().at("notes")[0],
            "1 event is of an item not in the catalog ('no such item'): kept until the item is added");
  const std::vector<std::string> items = items_of(client.get(list));
  ASSERT_EQ(items.size(), 5U);
  for (const std::string& item : items) {
    EXPECT_EQ(std::stoi(item.substr(1)) % 3, 1) << item;  // the taste of the user's items
    EXPECT_TRUE(item != "i1" && item != "i4") << item;    // seen items are not offered again
  }
  const Json read = client.get("/v1/users/someone%20new/events?limit=2").json();
  ASSERT_EQ(read.at("events").size(), 2U);
  EXPECT_EQ(read.at("events")[0].at("item"), "no such item");
}

TEST_F(ServiceTest, ListsAreTheSameAfterARestart) {
  std::vector<std::vector<std::string>> before;
  {
    HttpClient client(service_->port());
    for (int u = 0; u < 5; ++u) {
      const std::string user = "u" + std::to_string(u);
      client.post("/v1/events", {{"events", {{{"user", user}, {"item", "i" + std::to_string(10 + u)}}}}});
      before.push_back(items_of(client.get("/v1/users/" + user + "/recommendations?k=20")));
    }
  }
  start();
  EXPECT_EQ(service_->replayed(), 5);
  HttpClient client(service_->port());
  for (size_t u = 0; u < 5; ++u) {
    EXPECT_EQ(items_of(client.get("/v1/users/u" + std::to_string(u) + "/recommendations?k=20")), before[u]);
  }
}

TEST_F(ServiceTest, AcknowledgedEventsAreSeenWhileOthersWrite) {
  constexpr int kWriters = 4, kEach = 50;
  std::atomic<int> missed = 0, failed = 0, lists = 0;
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      HttpClient client(service_->port());
      const std::string user = "writer" + std::to_string(w);
      for (int i = 0; i < kEach; ++i) {
        const std::string list = "/v1/users/" + user + "/recommendations?k=60";
        const Reply before = client.get(list);
        if (before.status != 200 || before.json().at("items").empty()) {
          break;  // the user has all items
        }
        const std::string item = before.json().at("items")[0].at("item");
        failed += client.post("/v1/events", {{"events", {{{"user", user}, {"item", item}}}}}).status == 200 ? 0 : 1;
        const std::vector<std::string> after = items_of(client.get(list));
        missed += std::ranges::find(after, item) != after.end() ? 1 : 0;
        lists += 1;
      }
    });
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(missed, 0);
  EXPECT_EQ(lists, kWriters * kEach);
}

TEST_F(ServiceTest, AcceptsNdjsonAndCountsRetriesOnce) {
  HttpClient client(service_->port());
  const std::string lines =
      "{\"id\": \"a\", \"user\": 7, \"item\": \"i3\"}\n\n{\"id\": \"b\", \"user\": 7, \"item\": \"i6\"}\n";
  EXPECT_EQ(client.request("POST", "/v1/events", lines, "application/x-ndjson").json().at("accepted"), 2);
  EXPECT_EQ(client.request("POST", "/v1/events", lines, "application/x-ndjson").json(),
            (Json{{"accepted", 0},
                  {"known", 2},
                  {"forgotten", 0},
                  {"notes", {"2 events have an id that the store had already: not counted again"}},
                  {"note_codes", {{{"code", "event_known"}, {"values", {"2"}}}}}}));
  EXPECT_EQ(client.get("/v1/users/7/events").json().at("events").size(), 2U);
}

TEST_F(ServiceTest, EventsOfAnUnknownItemWaitForIt) {
  HttpClient client(service_->port());
  EXPECT_EQ(client.post("/v1/events", {{"events", {{{"user", "early"}, {"item", "late-1"}}}}}).status, 200);
  EXPECT_FALSE(client.get("/v1/users/early/recommendations?k=3").json().at("notes").empty());
  EXPECT_EQ(client.put("/v1/items/late-1", {{"taste", "t2"}}).status, 200);
  const std::vector<std::string> items = items_of(client.get("/v1/users/early/recommendations?k=5"));
  EXPECT_GE(std::ranges::count_if(items, [](const std::string& i) { return std::stoi(i.substr(1)) % 3 == 2; }), 4);
  start();
  EXPECT_EQ(items_of(HttpClient(service_->port()).get("/v1/users/early/recommendations?k=5")), items);
}

TEST_F(ServiceTest, FeedbackAndClicksAreCounted) {
  HttpClient client(service_->port());
  const Json list = client.get("/v1/users/u1/recommendations?k=4").json();
  const std::string id = list.at("list");
  const std::string third = list.at("items")[2].at("item");
  const auto send = [&](const Json& feedback) {
    Json body = {{"list", id}, {"user", "u1"}};
    body.update(feedback);
    return client.post("/v1/feedback", body).status;
  };
  EXPECT_EQ(send({{"kind", "like"}}), 200);
  EXPECT_EQ(send({{"kind", "like"}}), 200);
  EXPECT_EQ(send({{"kind", "dislike"}}), 200);
  EXPECT_EQ(send({{"kind", "dwell"}, {"value", 30}}), 200);
  EXPECT_EQ(send({{"kind", "dwell"}, {"value", 10}}), 200);
  EXPECT_EQ(send({{"kind", "rating"}, {"value", 4}}), 200);
  EXPECT_EQ(send({{"kind", "rating"}, {"value", 6}}), 422);
  EXPECT_EQ(send({{"kind", "click"}}), 422);
  EXPECT_EQ(send({{"kind", "wink"}}), 422);
  const Reply without_list = client.post("/v1/feedback", {{"user", "u1"}, {"kind", "like"}});
  EXPECT_EQ(without_list.status, 422);
  EXPECT_EQ(without_list.json().at("at"), "list");
  EXPECT_EQ(client.post("/v1/feedback", {{"list", id}, {"user", "u2"}, {"kind", "like"}}).status, 404);
  // An event on an item of the list counts as one click at the item's position.
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(client.post("/v1/events", {{"events", {{{"user", "u1"}, {"item", third}}}}}).status, 200);
  }
  const auto check = [&](HttpClient& any) {
    const Json outcomes = any.get("/v1/overview").json().at("satisfaction");
    EXPECT_EQ(outcomes.at("impressions"), 1);
    EXPECT_EQ(outcomes.at("shown"), 4);
    EXPECT_EQ(outcomes.at("clicks"), 1);
    EXPECT_DOUBLE_EQ(outcomes.at("ctr").get<double>(), 0.25);
    EXPECT_DOUBLE_EQ(outcomes.at("like_rate").get<double>(), 2.0 / 3);
    EXPECT_DOUBLE_EQ(outcomes.at("mean_dwell_s").get<double>(), 20);
    EXPECT_DOUBLE_EQ(outcomes.at("mean_rating").get<double>(), 4);
    ASSERT_EQ(outcomes.at("ctr_by_position").size(), 4U);
    EXPECT_EQ(outcomes.at("ctr_by_position")[2], (Json{{"position", 3}, {"shown", 1}, {"clicked", 1}}));
  };
  check(client);
  start();  // the outcomes come back from the store
  HttpClient again(service_->port());
  check(again);
}

// What a user says of one item of a list is an event: the item stays out of the next list, also after a restart.
TEST_F(ServiceTest, FeedbackOnAnItemReachesTheNextList) {
  HttpClient client(service_->port());
  const Json list = client.get("/v1/users/u1/recommendations?k=6").json();
  const auto item = [&](size_t place) { return list.at("items")[place].at("item").get<std::string>(); };
  const auto send = [&](const std::string& kind, size_t place, const Json& value) {
    Json body = {{"list", list.at("list")}, {"user", "u1"}, {"kind", kind}, {"item", item(place)}};
    if (!value.is_null()) {
      body["value"] = value;
    }
    return client.post("/v1/feedback", body).status;
  };
  EXPECT_EQ(send("dislike", 0, {}), 200);
  EXPECT_EQ(send("dislike", 0, {}), 200);  // a retry
  EXPECT_EQ(send("rating", 1, 1), 200);
  EXPECT_EQ(send("like", 2, {}), 200);
  EXPECT_EQ(send("dwell", 3, 20), 200);  // says nothing of the item
  const auto check = [&](HttpClient& any) {
    const std::vector<std::string> next = items_of(any.get("/v1/users/u1/recommendations?k=60"));
    for (size_t place = 0; place < 6; ++place) {
      EXPECT_EQ(std::ranges::count(next, item(place)), place < 3 ? 0 : 1) << place;
    }
    const Json events = any.get("/v1/users/u1/events").json().at("events");
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[1].at("action"), "rating");
    EXPECT_EQ(any.get("/v1/overview").json().at("satisfaction").at("clicks"), 0);
  };
  check(client);
  start();
  HttpClient again(service_->port());
  check(again);
}

TEST_F(ServiceTest, ARefusalIsNoClickAndAnActionNewToTheModelKeepsItsName) {
  HttpClient client(service_->port());
  const Json list = client.get("/v1/users/u1/recommendations?k=4").json();
  const auto post = [&](const char* action, size_t place) {
    const Json event = {{"user", "u1"}, {"item", list.at("items")[place].at("item")}, {"action", action}};
    EXPECT_EQ(client.post("/v1/events", {{"events", {event}}}).status, 200);
  };
  post("dislike", 0);
  post("impression", 1);
  EXPECT_EQ(client.get("/v1/overview").json().at("satisfaction").at("clicks"), 0);
  post("devoured", 2);
  EXPECT_EQ(client.get("/v1/overview").json().at("satisfaction").at("clicks"), 1);
  EXPECT_EQ(client.get("/v1/users/u1").json().at("history")[0].at("action"), "devoured");
}

}  // namespace
}  // namespace haina
