// Items: added, changed, hidden, shown again.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "service/service_fixture.h"

namespace haina {
namespace {

TEST_F(ServiceTest, HiddenItemIsInNoListUntilShownAgain) {
  const auto offered = [&](const std::string& item) {
    HttpClient client(service_->port());
    std::set<std::string> all;
    for (const char* const target : {"/v1/users/u1/recommendations?k=60&exclude_seen=0",
                                     "/v1/search?q=harbour&user=u1&k=60", "/v1/items/i5/similar?k=60"}) {
      const std::vector<std::string> items = items_of(client.get(target));
      all.insert(items.begin(), items.end());
    }
    return all.contains(item);
  };
  EXPECT_TRUE(offered("i4"));
  {
    HttpClient client(service_->port());
    EXPECT_EQ(client.request("DELETE", "/v1/items/i4").json(), (Json{{"item", "i4"}, {"hidden", true}}));
    EXPECT_EQ(client.request("DELETE", "/v1/items/i4").status, 200);  // a second time changes nothing
  }
  EXPECT_FALSE(offered("i4"));
  EXPECT_TRUE(offered("i7"));
  start();
  EXPECT_FALSE(offered("i4"));
  HttpClient client(service_->port());
  EXPECT_EQ(client.request("PATCH", "/v1/items/i4", R"({"hidden": false})").status, 200);
  EXPECT_TRUE(offered("i4"));
  EXPECT_EQ(client.request("PATCH", "/v1/items/i4", R"({"price": 3})").status, 422);
}

TEST_F(ServiceTest, NewItemIsRecommendedFromItsContent) {
  HttpClient client(service_->port());
  take_items_of_taste_one(client, "fan");
  const Reply made = client.put("/v1/items/new-1", {{"title", "The quiet harbour 100"}, {"taste", "t1"}});
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.json().at("live"), true);
  EXPECT_EQ(client.put("/v1/items/new-0", {{"title", "The quiet harbour 101"}, {"taste", "t0"}}).status, 200);
  const std::vector<std::string> items = items_of(client.get("/v1/users/fan/recommendations?k=62"));
  const auto place = [&](const std::string& item) { return std::ranges::find(items, item) - items.begin(); };
  ASSERT_LT(place("new-1"), std::ssize(items));
  EXPECT_LT(place("new-1"), 20);              // among the 13 remaining items of its taste, or just behind them
  EXPECT_LT(place("new-1"), place("new-0"));  // the two differ by content only
  EXPECT_EQ(items_of(client.get("/v1/latest")).size(), 2U);
  const std::vector<std::string> latest = items_of(client.get("/v1/users/fan/recommendations?channel=fresh"));
  EXPECT_EQ(latest, (std::vector<std::string>{"new-1", "new-0"}));
  EXPECT_EQ(items_of(client.get("/v1/search?q=harbour+100")).front(), "new-1");
  // Its nearest items are of its taste.
  const std::vector<std::string> near = items_of(client.get("/v1/items/new-1/similar?k=5"));
  EXPECT_GE(
      std::ranges::count_if(near, [](const std::string& i) { return i[0] == 'n' || std::stoi(i.substr(1)) % 3 == 1; }),
      4);
  // Seen, it is not offered again; in a history it counts as its taste.
  EXPECT_EQ(client.post("/v1/events", {{"events", {{{"user", "fan"}, {"item", "new-1"}}}}}).status, 200);
  const std::vector<std::string> after = items_of(client.get("/v1/users/fan/recommendations?k=62"));
  EXPECT_EQ(std::ranges::find(after, "new-1"), after.end());
  EXPECT_EQ(client.post("/v1/events", {{"events", {{{"user", "novice"}, {"item", "new-1"}}}}}).status, 200);
  const std::vector<std::string> novice = items_of(client.get("/v1/users/novice/recommendations?k=5"));
  EXPECT_GE(std::ranges::count_if(novice, [](const std::string& i) { return std::stoi(i.substr(1)) % 3 == 1; }), 4);

  // After a restart everything is as before, and a hidden item stays hidden.
  EXPECT_EQ(client.request("DELETE", "/v1/items/new-0").status, 200);
  const std::vector<std::string> before = items_of(client.get("/v1/users/fan/recommendations?k=62"));
  EXPECT_EQ(std::ranges::find(before, "new-0"), before.end());
  start();
  HttpClient again(service_->port());
  EXPECT_EQ(items_of(again.get("/v1/users/fan/recommendations?k=62")), before);
  EXPECT_EQ(items_of(again.get("/v1/users/novice/recommendations?k=5")), novice);
  EXPECT_EQ(again.put("/v1/items/new-0", {{"title", "The quiet harbour 101"}, {"taste", "t0"}}).status, 200);
  const std::vector<std::string> shown = items_of(again.get("/v1/users/fan/recommendations?k=62"));
  EXPECT_NE(std::ranges::find(shown, "new-0"), shown.end());
}

TEST_F(ServiceTest, InvalidItemsAreRefusedWithTheField) {
  HttpClient client(service_->port());
  const auto refused = [&](const Json& body, const std::string& reason) {
    const Reply reply = client.put("/v1/items/odd", body);
    EXPECT_EQ(reply.status, 422) << reply.body;
    EXPECT_NE(reply.body.find(reason), std::string::npos) << reply.body;
  };
  refused({{"tast", "t1"}}, "did you mean 'taste'");
  refused({{"year", "soon"}}, "no number");
  refused({{"title", {{"a", 1}}}}, "neither text nor a number");
  refused({{"hidden", "yes"}}, "neither true nor false");
  EXPECT_EQ(client.get("/v1/items/odd").status, 404);  // nothing was stored
  EXPECT_EQ(client.request("PATCH", "/v1/items/odd", R"({"year": 1999})").status, 404);
  EXPECT_EQ(client.request("PUT", "/v1/items/odd", "[1]").status, 400);
}

TEST_F(ServiceTest, PatchKeepsOtherFields) {
  HttpClient client(service_->port());
  EXPECT_EQ(client.put("/v1/items/p", {{"title", "A long road"}, {"taste", "t1"}}).status, 200);
  const Reply patched = client.request("PATCH", "/v1/items/p", R"({"year": 1999})");
  ASSERT_EQ(patched.status, 200) << patched.body;
  EXPECT_EQ(patched.json().at("title"), "A long road");
  const Json fields = patched.json().at("fields");
  for (const Json& field : fields) {
    EXPECT_TRUE(field.at("present").get<bool>()) << field;
  }
  // The same for an item that was in the training data.
  EXPECT_EQ(client.request("PATCH", "/v1/items/i5", R"({"year": 1901})").status, 200);
  EXPECT_EQ(client.get("/v1/items/i5").json().at("fields")[2].at("values"), Json({"1901"}));
}

TEST_F(ServiceTest, ItemsAreFoundWhateverKeepsThemOutOfLists) {
  HttpClient client(service_->port());
  const Json all = client.get("/v1/items?limit=1000").json();
  EXPECT_EQ(all.at("total"), 60);
  EXPECT_EQ(all.at("items").size(), 60U);
  EXPECT_EQ(client.get("/v1/items?state=left_out").json().at("total"), 0);
  ASSERT_EQ(client.request("DELETE", "/v1/items/i7").status, 200);
  ASSERT_EQ(client.put("/v1/rules/never", {{"do", "filter"}, {"field", "items.taste"}, {"is", {"t1"}}}).status, 200);
  const Json out = client.get("/v1/items?state=left_out").json();
  ASSERT_EQ(out.at("total"), 20);
  ASSERT_EQ(out.at("items").size(), 20U);
  for (const Json& item : out.at("items")) {
    EXPECT_EQ(item.at("left_out"),
              Json::parse(item.at("item") == "i7" ? R"([{"by": "hidden"}, {"by": "rule", "rule": "never"}])"
                                                  : R"([{"by": "rule", "rule": "never"}])"));
  }
  const Json page = client.get("/v1/items?state=left_out&limit=3&offset=2").json();
  EXPECT_EQ(page.at("total"), 20);
  ASSERT_EQ(page.at("items").size(), 3U);
  EXPECT_EQ(page.at("items")[0], out.at("items")[2]);
  const Json found = client.get("/v1/items?query=STORMY%20harbour%207").json();
  ASSERT_EQ(found.at("total"), 1);
  EXPECT_FALSE(found.at("items")[0].at("listed").get<bool>());
  EXPECT_EQ(client.get("/v1/items?query=I5").json().at("total"), 11) << "i5 and i50 to i59, by their ids";
  EXPECT_TRUE(client.get("/v1/items/i8").json().at("listed").get<bool>());
  EXPECT_EQ(client.get("/v1/items/i7").json().at("left_out").size(), 2U);
  EXPECT_EQ(client.get("/v1/items?state=unseen").status, 422);
  ASSERT_EQ(client.request("PATCH", "/v1/items/i7", R"({"hidden": false})").status, 200);
  EXPECT_EQ(client.get("/v1/items/i7").json().at("left_out"), Json::parse(R"([{"by": "rule", "rule": "never"}])"));
}

}  // namespace
}  // namespace haina
