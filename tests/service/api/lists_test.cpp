// Lists: recommendations, search, similar items, channels, batches, and their cache.
#include <algorithm>
#include <string>
#include <vector>

#include "service/service_fixture.h"

namespace haina {
namespace {

TEST_F(ServiceTest, AnonymousListsExplanationsAndSimilarItems) {
  HttpClient client(service_->port());
  const Reply anonymous = client.post("/v1/recommendations", {{"history", {"i2", "i5"}}, {"k", 4}, {"explain", true}});
  for (const std::string& item : items_of(anonymous)) {
    EXPECT_EQ(std::stoi(item.substr(1)) % 3, 2) << item;
  }
  EXPECT_FALSE(anonymous.json().at("items")[0].at("why").at("experts").empty());
  EXPECT_FALSE(client.post("/v1/recommendations", {{"history", {"i2"}}}).json().at("items")[0].contains("why"));
  const Reply similar = client.get("/v1/items/i2/similar?k=3");
  EXPECT_EQ(items_of(similar).size(), 3U);
}

TEST_F(ServiceTest, SearchFindsWordsAndOrdersByTaste) {
  HttpClient client(service_->port());
  const std::vector<std::string> found = items_of(client.get("/v1/search?q=STORMY&user=u1&k=100"));
  ASSERT_EQ(found.size(), 30U);
  for (const std::string& item : found) {
    EXPECT_EQ(std::stoi(item.substr(1)) % 2, 1) << item;
  }
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(std::stoi(found[i].substr(1)) % 3, 1) << found[i];  // u1's taste
  }
  const Json nothing = client.get("/v1/search?q=zeppelin").json();
  EXPECT_TRUE(nothing.at("items").empty());
  EXPECT_FALSE(nothing.at("notes").empty());
  EXPECT_EQ(client.get("/v1/search?user=u1").status, 422);
}

TEST_F(ServiceTest, SeenItemsAreOfferedOnlyOnRequest) {
  HttpClient client(service_->port());
  client.post("/v1/events", {{"events", {{{"user", "sees"}, {"item", "i1"}}}}});
  const auto has = [&](const std::string& more) {
    const std::vector<std::string> items = items_of(client.get("/v1/users/sees/recommendations?k=60" + more));
    return std::ranges::find(items, "i1") != items.end();
  };
  EXPECT_FALSE(has(""));
  EXPECT_TRUE(has("&exclude_seen=0"));
}

TEST_F(ServiceTest, RepeatedListIsTheSameUntilTheUserActs) {
  HttpClient client(service_->port());
  const std::string list = "/v1/users/u7/recommendations?k=7";
  const std::string first = client.get(list).body;
  EXPECT_EQ(client.get(list).body, first);
  EXPECT_NE(client.get("/v1/users/u7/recommendations?k=6").body, first);
  const std::string top = Json::parse(first).at("items")[0].at("item");
  EXPECT_EQ(client.post("/v1/events", {{"events", {{{"user", "u8"}, {"item", top}}}}}).status, 200);
  EXPECT_EQ(client.get(list).body, first);  // another user's event
  EXPECT_EQ(client.post("/v1/events", {{"events", {{{"user", "u7"}, {"item", top}}}}}).status, 200);
  EXPECT_NE(client.get(list).body, first);
}

// Concatenated, both requests have the same letters; each must get its own user's list.
TEST_F(ServiceTest, CacheNeverMixesUpUsers) {
  HttpClient client(service_->port());
  const Json first = client.get("/v1/users/c/recommendations?query=a%0Ab").json();
  const Json second = client.get("/v1/users/b%0Ac/recommendations?query=a").json();
  EXPECT_EQ(first.at("user"), "c");
  EXPECT_EQ(second.at("user"), "b\nc");
}

TEST_F(ServiceTest, ChannelsAndCategories) {
  HttpClient client(service_->port());
  take_items_of_taste_one(client, "fan");
  for (const char* const channel : {"fused", "similar"}) {
    for (const std::string& item :
         items_of(client.get(std::string("/v1/users/fan/recommendations?k=5&channel=") + channel))) {
      EXPECT_EQ(std::stoi(item.substr(1)) % 3, 1) << channel << " " << item;
    }
  }
  EXPECT_TRUE(items_of(client.get("/v1/users/fan/recommendations?channel=friends")).empty());
  for (const std::string& item : items_of(client.get("/v1/users/fan/recommendations?k=5&category=t2"))) {
    EXPECT_EQ(std::stoi(item.substr(1)) % 3, 2);
  }
  // Trending: what has the most recent events.
  Json events = Json::array();
  for (int u = 0; u < 30; ++u) {
    events.push_back({{"user", "crowd" + std::to_string(u)}, {"item", u % 3 == 0 ? "i8" : "i9"}});
  }
  EXPECT_EQ(client.post("/v1/events", {{"events", events}}).status, 200);
  const std::vector<std::string> trending = items_of(client.get("/v1/trending?k=3"));
  ASSERT_GE(trending.size(), 2U);
  EXPECT_EQ(trending[0], "i9");
  EXPECT_EQ(client.get("/v1/users/fan/recommendations?channel=fusd").status, 422);
  // A reason names a channel in which the item ranks as high as in any.
  const Json first = client.get("/v1/users/fan/recommendations?k=3&explain=1").json().at("items")[0];
  const auto place_in = [&](const std::string& channel) {
    const std::vector<std::string> items =
        items_of(client.get("/v1/users/fan/recommendations?k=100&channel=" + channel));
    return std::ranges::find(items, first.at("item").get<std::string>()) - items.begin();
  };
  const auto named = place_in(first.at("why").at("channel"));
  for (const char* const channel : {"fused", "similar", "popular", "trending"}) {
    EXPECT_LE(named, place_in(channel)) << channel << " " << first;
  }
}

TEST_F(ServiceTest, BatchesAndAnonymousLists) {
  HttpClient client(service_->port());
  const Reply batch = client.post("/v1/recommendations", {{"users", {"u1", "u2", "nobody"}}, {"k", 4}});
  ASSERT_EQ(batch.status, 200) << batch.body;
  ASSERT_EQ(batch.json().at("lists").size(), 3U);
  EXPECT_EQ(batch.json().at("lists")[1].at("user"), "u2");
  EXPECT_EQ(batch.json().at("lists")[2].at("items").size(), 4U);
  const std::vector<std::string> anonymous =
      items_of(client.post("/v1/recommendations", {{"history", {"i2", "i5"}}, {"k", 5}, {"category", "t2"}}));
  EXPECT_EQ(anonymous.size(), 5U);
  EXPECT_EQ(client.post("/v1/recommendations", {{"history", {{"i2"}}}}).status, 422);
  EXPECT_EQ(client.post("/v1/recommendations", {{"kk", 2}}).status, 422);
  EXPECT_EQ(client.request("POST", "/v1/recommendations", "{").status, 400);
}

// A version that is loaded again counts its changes from 0: lists cached by an earlier engine must not come back.
TEST_F(ServiceTest, CachedListsDoNotOutliveTheirEngine) {
  const auto config = load_config(folder_ / "haina.toml");
  HttpClient client(service_->port());
  const std::string list = "/v1/users/u1/recommendations?k=60&exclude_seen=0";
  const auto has = [&](const std::string& item) {
    const std::vector<std::string> items = items_of(client.get(list));
    return std::ranges::find(items, item) != items.end();
  };
  const std::string version = *current_version(*config);
  for (int changes = 1; changes <= 4; ++changes) {  // caches lists of several change counts, all with i1 hidden
    EXPECT_EQ(client.request("PATCH", "/v1/items/i1", R"({"hidden": true})").status, 200);
    EXPECT_FALSE(has("i1"));
    EXPECT_TRUE(has("i2"));
  }
  EXPECT_EQ(client.request("PATCH", "/v1/items/i1", R"({"hidden": false})").status, 200);
  EXPECT_EQ(client.request("DELETE", "/v1/items/i2").status, 200);
  EXPECT_EQ(client.post("/v1/models/" + version + "/use", {{"check", false}}).status, 200);
  EXPECT_TRUE(has("i1"));
  EXPECT_FALSE(has("i2"));
}

TEST_F(ServiceTest, UnknownAndDelistedItemsOfAHistoryAreSkipped) {
  HttpClient client(service_->port());
  ASSERT_EQ(client.request("DELETE", "/v1/items/i5").status, 200);
  const Reply list = client.post("/v1/recommendations", {{"history", {"i2", "nowhere", "i5"}}, {"k", 3}});
  ASSERT_EQ(list.status, 200) << list.body;
  const Json notes = list.json().at("notes");
  ASSERT_EQ(notes.size(), 2U) << notes;
  EXPECT_NE(notes[0].get<std::string>().find("unknown item 'nowhere'"), std::string::npos);
  EXPECT_NE(notes[1].get<std::string>().find("'i5'"), std::string::npos);
  EXPECT_EQ(items_of(list).size(), 3U);
}

TEST_F(ServiceTest, ADislikeIsNotInTheNextList) {
  HttpClient client(service_->port());
  const std::string path = "/v1/users/u4/recommendations?k=10";
  const std::string first = items_of(client.get(path)).at(0);
  const Json event = {{"user", "u4"}, {"item", first}, {"action", "dislike"}};
  ASSERT_EQ(client.post("/v1/events", {{"events", {event}}}).status, 200);
  const std::vector<std::string> after = items_of(client.get(path));
  EXPECT_EQ(std::ranges::count(after, first), 0);
  const std::vector<std::string> batch = [&] {
    const Json lists = client.post("/v1/recommendations", {{"users", {"u4"}}, {"k", 10}}).json().at("lists");
    std::vector<std::string> items;
    for (const Json& item : lists[0].at("items")) {
      items.push_back(item.at("item"));
    }
    return items;
  }();
  EXPECT_EQ(batch, after);
  const std::vector<std::string> with_seen = items_of(client.get(path + "&exclude_seen=0"));
  EXPECT_FALSE(with_seen.empty());
}

TEST_F(ServiceTest, MatchesOfAQueryComeFirst) {
  HttpClient client(service_->port());
  const std::vector<std::string> items = items_of(client.get("/v1/users/u4/recommendations?k=40&query=stormy"));
  ASSERT_EQ(items.size(), 40U);
  bool others = false;
  for (const std::string& item : items) {
    const bool stormy = std::stoi(item.substr(1)) % 2 == 1;
    EXPECT_FALSE(stormy && others) << item;
    others = others || !stormy;
  }
}

}  // namespace
}  // namespace haina
