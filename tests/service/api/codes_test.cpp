// The codes beside the sentences of real answers, and what the overview counts since when.
#include <ctime>
#include <string>
#include <vector>

#include "service/service_fixture.h"

namespace haina {
namespace {

Json code(const char* name, const std::vector<std::string>& values = {}) {
  return {{"code", name}, {"values", values}};
}

TEST_F(ServiceTest, NotesHaveCodesInTheirOrder) {
  HttpClient client(service_->port());
  const auto codes = [](const Reply& reply) {
    const Json document = reply.json();
    EXPECT_EQ(document.at("notes").size(), document.at("note_codes").size()) << reply.body;
    return document.at("note_codes");
  };
  EXPECT_EQ(codes(client.get("/v1/users/nobody/recommendations?k=3")),
            Json::array({code("unknown_user_in_list", {"nobody"})}));
  EXPECT_EQ(codes(client.get("/v1/search?q=zeppelin&k=5")),
            Json::array({code("no_history"), code("no_item_has_words", {"zeppelin"}), code("all_with_words", {"0"})}));
  EXPECT_EQ(codes(client.get("/v1/users/u1/recommendations?k=3&channel=friends"))[0],
            code("channel_has_nothing", {"friends"}));
  const Json history = codes(client.post("/v1/recommendations", {{"history", {"i2", "nowhere", "i500"}}, {"k", 60}}));
  ASSERT_EQ(history.size(), 3U);
  EXPECT_EQ(history[0].at("values")[0], "nowhere");
  EXPECT_EQ(history[1].at("code"), "history_item_unknown_but_near");
  EXPECT_EQ(history[2], code("all_beyond_seen", {"59"}));
  const Json events = codes(client.post(
      "/v1/events",
      {{"events", {{{"user", "u1"}, {"item", "new"}}, {{"user", "u1"}, {"item", "i1"}, {"action", "wink"}}}}}));
  EXPECT_EQ(events[0], code("event_of_unknown_item", {"1", "new"}));
  // Cached lists have them too.
  const std::string first = client.get("/v1/users/nobody2/recommendations?k=3").body;
  EXPECT_EQ(client.get("/v1/users/nobody2/recommendations?k=3").body, first);
  EXPECT_NE(first.find("unknown_user_in_list"), std::string::npos);
  EXPECT_EQ(client.get("/healthz").json().at("lack_codes"), Json::array());
}

TEST_F(ServiceTest, ProblemsHaveCodes) {
  HttpClient client(service_->port());
  const auto is = [](const Reply& reply, const char* name, const Json& values) {
    EXPECT_EQ(reply.json().at("code"), name) << reply.body;
    EXPECT_EQ(reply.json().at("values"), values) << reply.body;
  };
  is(client.get("/v1/items/nowhere"), "unknown_item", {"nowhere"});
  is(client.get("/v1/nothing"), "nothing_here", Json::array());
  is(client.get("/v1/map?most=0"), "parameter_wrong", {"most", "0"});
  is(client.get("/v1/map?least=0"), "unknown_parameter", {"least"});
  is(client.get("/v1/users/u1/recommendations?channel=magic"), "unknown_channel", {"magic"});
  is(client.post("/v1/models/20000101T000000Z/use", Json::object()), "no_such_version", {"20000101T000000Z"});
  is(client.post("/v1/recommendations", {{"k", "ten"}}), "member_wrong", {"k", "a whole number from 1 to 1000"});
  is(client.request("DELETE", "/v1/rules/none"), "no_such_rule", {"none"});
}

TEST_F(ServiceTest, TheOverviewSaysSinceWhenItCounts) {
  HttpClient client(service_->port());
  const int64_t before = std::time(nullptr);
  const Json fresh = client.get("/v1/overview").json();
  EXPECT_TRUE(fresh.at("satisfaction").at("since").is_null());
  EXPECT_LE(fresh.at("started").get<int64_t>(), before);
  EXPECT_GE(fresh.at("now").get<int64_t>(), before);
  EXPECT_LE(fresh.at("now").get<int64_t>(), std::time(nullptr));
  EXPECT_EQ(fresh.at("events").at("window_s"), 60);
  EXPECT_EQ(fresh.at("lists").at("window_s"), 60);
  EXPECT_EQ(fresh.at("freshness_ms").at("window_s"), 600);
  ASSERT_EQ(client.get("/v1/users/u1/recommendations?k=3").status, 200);
  const int64_t since = client.get("/v1/overview").json().at("satisfaction").at("since");
  EXPECT_GE(since, before);
  EXPECT_LE(since, std::time(nullptr));
  // Outcomes come back from the store with the time of the oldest; events and lists are counted anew.
  start();
  HttpClient again(service_->port());
  const Json restarted = again.get("/v1/overview").json();
  EXPECT_EQ(restarted.at("satisfaction").at("since"), since);
  EXPECT_EQ(restarted.at("lists").at("total"), 0);
  EXPECT_GE(restarted.at("started").get<int64_t>(), fresh.at("started").get<int64_t>());
}

}  // namespace
}  // namespace haina
