// Business rules set by the API.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "service/service_fixture.h"

namespace haina {
namespace {

TEST_F(ServiceTest, RulesOverrideTheModel) {
  HttpClient client(service_->port());
  take_items_of_taste_one(client, "fan");
  const std::string list = "/v1/users/fan/recommendations?k=6";
  const auto taste = [](const std::string& item) { return std::stoi(item.substr(1)) % 3; };
  const auto count = [&](int expected) {
    return std::ranges::count_if(items_of(client.get(list)),
                                 [&](const std::string& i) { return taste(i) == expected; });
  };
  ASSERT_EQ(count(1), 6);
  const auto rule = [&](const std::string& name, const Json& body) {
    const Reply reply = client.put("/v1/rules/" + name, body);
    EXPECT_EQ(reply.status, 200) << reply.body;
  };
  rule("two", {{"do", "quota"}, {"field", "items.taste"}, {"is", {"t0"}}, {"at_least", 2}});
  EXPECT_EQ(count(0), 2);
  rule("few", {{"do", "quota"}, {"field", "items.taste"}, {"is", {"t1"}}, {"at_most", 3}});
  EXPECT_EQ(count(1), 3);
  rule("never", {{"do", "filter"}, {"field", "items.taste"}, {"is", {"t0"}}});
  EXPECT_EQ(count(0), 0);
  rule("first", {{"do", "pin"}, {"item", "i59"}, {"position", 2}});
  EXPECT_EQ(items_of(client.get(list))[1], "i59");
  rule("old", {{"do", "boost"}, {"field", "items.year"}, {"below", 1985}, {"by", 100}});
  const Json item = client.get("/v1/items/" + items_of(client.get(list))[0]).json();
  EXPECT_LT(std::stoi(item.at("fields")[2].at("values")[0].get<std::string>()), 1985);
  const Json rules = client.get("/v1/rules").json().at("rules");
  ASSERT_EQ(rules.size(), 5U);
  std::map<std::string, Json> by_name;
  for (const Json& one : rules) {
    EXPECT_EQ(one.at("from"), "api");
    by_name[one.at("name")] = one;
  }
  EXPECT_EQ(by_name.at("two").at("items"), 20);  // of taste t0
  EXPECT_EQ(by_name.at("first").at("items"), 1);
  EXPECT_EQ(by_name.at("first").at("title"), "The stormy harbour 59");
  EXPECT_EQ(by_name.at("old").at("items"), 10);  // years 1980 to 1984, i0 to i4 and i40 to i44
  const std::vector<std::string> before = items_of(client.get(list));
  start();  // the rules are stored
  HttpClient again(service_->port());
  EXPECT_EQ(items_of(again.get(list)), before);
  for (const char* const name : {"two", "few", "never", "first", "old"}) {
    EXPECT_EQ(again.request("DELETE", std::string("/v1/rules/") + name).status, 200);
  }
  EXPECT_EQ(again.request("DELETE", "/v1/rules/two").status, 404);
  const auto free = items_of(again.get(list));
  EXPECT_EQ(std::ranges::count_if(free, [&](const std::string& i) { return taste(i) == 1; }), 6);
  for (const Json& bad : std::vector<Json>{{{"do", "filtr"}, {"field", "items.taste"}, {"is", {"t0"}}},
                                           {{"do", "filter"}, {"field", "items.tast"}, {"is", {"t0"}}},
                                           {{"do", "filter"}},
                                           {{"do", "pin"}},
                                           {{"do", "quota"}, {"field", "items.taste"}, {"is", {"t0"}}}}) {
    const Reply reply = again.put("/v1/rules/bad", bad);
    EXPECT_EQ(reply.status, 422) << bad << reply.body;
    EXPECT_FALSE(reply.json().at("hint").get<std::string>().empty());
  }
  EXPECT_TRUE(again.get("/v1/rules").json().at("rules").empty());
}

TEST_F(ServiceTest, ReasonsNameTheRulesThatGaveAnItemItsPlace) {
  HttpClient client(service_->port());
  take_items_of_taste_one(client, "fan");
  const auto rules_of = [&](const std::string& wanted) {
    const Json items = client.get("/v1/users/fan/recommendations?k=6&explain=1").json().at("items");
    for (const Json& item : items) {
      if (item.at("item") == wanted) {
        return item.at("why");
      }
    }
    return Json();
  };
  const std::string best = items_of(client.get("/v1/users/fan/recommendations?k=6"))[0];
  EXPECT_FALSE(rules_of(best).contains("rules"));
  ASSERT_EQ(client.put("/v1/rules/first", {{"do", "pin"}, {"item", "i59"}, {"position", 2}}).status, 200);
  const Json pinned = rules_of("i59");
  ASSERT_TRUE(pinned.contains("rules")) << pinned;
  EXPECT_EQ(pinned["rules"], Json::parse(R"([{"name": "first", "do": "pin", "position": 2}])"));
  EXPECT_TRUE(pinned.at("text").get<std::string>().starts_with("pinned to place 2 by rule 'first'; ")) << pinned;
  EXPECT_FALSE(rules_of(best).contains("rules")) << "no rule moved it";
  ASSERT_EQ(
      client.put("/v1/rules/new", {{"do", "boost"}, {"field", "items.taste"}, {"is", {"t1"}}, {"by", 0.5}}).status,
      200);
  EXPECT_EQ(rules_of(best).at("rules"), Json::parse(R"([{"name": "new", "do": "boost", "by": 0.5}])"));
  // A quota is a reason for what the scores alone would not list.
  ASSERT_EQ(
      client.put("/v1/rules/two", {{"do", "quota"}, {"field", "items.taste"}, {"is", {"t0"}}, {"at_least", 2}}).status,
      200);
  int wanted = 0;
  for (const std::string& item : items_of(client.get("/v1/users/fan/recommendations?k=6"))) {
    const Json why = rules_of(item);
    const bool of_quota = why.dump().find("\"quota\"") != std::string::npos;
    EXPECT_EQ(of_quota, std::stoi(item.substr(1)) % 3 == 0) << item << why;
    wanted += of_quota ? 1 : 0;
  }
  EXPECT_EQ(wanted, 2);
}

}  // namespace
}  // namespace haina
