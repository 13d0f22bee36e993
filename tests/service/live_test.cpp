// What changes while it serves: items and users that come in, rules, feedback, versions, tenants.
#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "model/versions.h"
#include "service_fixture.h"

namespace haina {
namespace {

using LiveTest = ServiceTest;

Reply put(HttpClient& client, const std::string& target, const Json& body) {
  return client.request("PUT", target, body.dump());
}

// A user whose whole history is of taste 1.
void take_taste_one(HttpClient& client, const std::string& user) {
  Json events = Json::array();
  for (int i = 1; i < 20; i += 3) {
    events.push_back({{"user", user}, {"item", "i" + std::to_string(i)}});
  }
  ASSERT_EQ(client.post("/v1/events", {{"events", events}}).status, 200);
}

TEST_F(LiveTest, AnItemPutInASecondAgoIsRecommendedFromItsContent) {
  HttpClient client(service_->port());
  take_taste_one(client, "fan");
  const Reply made = put(client, "/v1/items/new-1", {{"title", "The quiet harbour 100"}, {"taste", "t1"}});
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.json().at("live"), true);
  EXPECT_EQ(put(client, "/v1/items/new-0", {{"title", "The quiet harbour 101"}, {"taste", "t0"}}).status, 200);
  const std::vector<std::string> items = items_of(client.get("/v1/users/fan/recommendations?k=62"));
  const auto place = [&](const std::string& item) { return std::ranges::find(items, item) - items.begin(); };
  ASSERT_LT(place("new-1"), std::ssize(items));
  EXPECT_LT(place("new-1"), 20);              // among the 13 left of its taste, or just behind
  EXPECT_LT(place("new-1"), place("new-0"));  // content alone tells the two apart
  EXPECT_EQ(items_of(client.get("/v1/latest")).size(), 2U);
  const std::vector<std::string> latest = items_of(client.get("/v1/users/fan/recommendations?channel=fresh"));
  EXPECT_EQ(latest, (std::vector<std::string>{"new-1", "new-0"}));
  EXPECT_EQ(items_of(client.get("/v1/search?q=harbour+100")).front(), "new-1");
  // Its nearest are of its taste.
  const std::vector<std::string> near = items_of(client.get("/v1/items/new-1/similar?k=5"));
  EXPECT_GE(
      std::ranges::count_if(near, [](const std::string& i) { return i[0] == 'n' || std::stoi(i.substr(1)) % 3 == 1; }),
      4);
  // Taken, it is not offered again, and stands for its taste in a history.
  EXPECT_EQ(client.post("/v1/events", {{"events", {{{"user", "fan"}, {"item", "new-1"}}}}}).status, 200);
  const std::vector<std::string> after = items_of(client.get("/v1/users/fan/recommendations?k=62"));
  EXPECT_EQ(std::ranges::find(after, "new-1"), after.end());
  EXPECT_EQ(client.post("/v1/events", {{"events", {{{"user", "novice"}, {"item", "new-1"}}}}}).status, 200);
  const std::vector<std::string> novice = items_of(client.get("/v1/users/novice/recommendations?k=5"));
  EXPECT_GE(std::ranges::count_if(novice, [](const std::string& i) { return std::stoi(i.substr(1)) % 3 == 1; }), 4);

  // After a restart all of it is as it was; a deleted one never comes back by itself.
  EXPECT_EQ(client.request("DELETE", "/v1/items/new-0").status, 200);
  const std::vector<std::string> before = items_of(client.get("/v1/users/fan/recommendations?k=62"));
  EXPECT_EQ(std::ranges::find(before, "new-0"), before.end());
  start();
  HttpClient again(service_->port());
  EXPECT_EQ(items_of(again.get("/v1/users/fan/recommendations?k=62")), before);
  EXPECT_EQ(items_of(again.get("/v1/users/novice/recommendations?k=5")), novice);
  EXPECT_EQ(put(again, "/v1/items/new-0", {{"title", "The quiet harbour 101"}, {"taste", "t0"}}).status, 200);
  const std::vector<std::string> shown = items_of(again.get("/v1/users/fan/recommendations?k=62"));
  EXPECT_NE(std::ranges::find(shown, "new-0"), shown.end());
}

TEST_F(LiveTest, EventsOfAnItemThatIsNotThereYetWaitForIt) {
  HttpClient client(service_->port());
  EXPECT_EQ(client.post("/v1/events", {{"events", {{{"user", "early"}, {"item", "late-1"}}}}}).status, 200);
  EXPECT_FALSE(client.get("/v1/users/early/recommendations?k=3").json().at("notes").empty());
  EXPECT_EQ(put(client, "/v1/items/late-1", {{"taste", "t2"}}).status, 200);
  const std::vector<std::string> items = items_of(client.get("/v1/users/early/recommendations?k=5"));
  EXPECT_GE(std::ranges::count_if(items, [](const std::string& i) { return std::stoi(i.substr(1)) % 3 == 2; }), 4);
  start();
  EXPECT_EQ(items_of(HttpClient(service_->port()).get("/v1/users/early/recommendations?k=5")), items);
}

TEST_F(LiveTest, WhatAnItemCannotHaveIsRefusedWithNames) {
  HttpClient client(service_->port());
  const auto refused = [&](const Json& body, const std::string& says) {
    const Reply reply = put(client, "/v1/items/odd", body);
    EXPECT_EQ(reply.status, 422) << reply.body;
    EXPECT_NE(reply.body.find(says), std::string::npos) << reply.body;
  };
  refused({{"tast", "t1"}}, "did you mean 'taste'");
  refused({{"year", "soon"}}, "no number");
  refused({{"title", {{"a", 1}}}}, "neither text nor a number");
  refused({{"hidden", "yes"}}, "neither true nor false");
  EXPECT_EQ(client.get("/v1/items/odd").status, 404);  // nothing of it was kept
  EXPECT_EQ(client.request("PATCH", "/v1/items/odd", R"({"year": 1999})").status, 404);
  EXPECT_EQ(client.request("PUT", "/v1/items/odd", "[1]").status, 400);
}

TEST_F(LiveTest, APatchKeepsTheRest) {
  HttpClient client(service_->port());
  EXPECT_EQ(put(client, "/v1/items/p", {{"title", "A long road"}, {"taste", "t1"}}).status, 200);
  const Reply patched = client.request("PATCH", "/v1/items/p", R"({"year": 1999})");
  ASSERT_EQ(patched.status, 200) << patched.body;
  EXPECT_EQ(patched.json().at("title"), "A long road");
  const Json fields = patched.json().at("fields");
  for (const Json& field : fields) {
    EXPECT_TRUE(field.at("present").get<bool>()) << field;
  }
  // Also of an item that was there in training.
  EXPECT_EQ(client.request("PATCH", "/v1/items/i5", R"({"year": 1901})").status, 200);
  EXPECT_EQ(client.get("/v1/items/i5").json().at("fields")[2].at("values"), Json({"1901"}));
}

TEST_F(LiveTest, RulesDecideWhateverTheModelSays) {
  HttpClient client(service_->port());
  take_taste_one(client, "fan");
  const std::string list = "/v1/users/fan/recommendations?k=6";
  const auto taste = [](const std::string& item) { return std::stoi(item.substr(1)) % 3; };
  const auto count = [&](int wanted) {
    return std::ranges::count_if(items_of(client.get(list)), [&](const std::string& i) { return taste(i) == wanted; });
  };
  ASSERT_EQ(count(1), 6);
  const auto rule = [&](const std::string& name, const Json& body) {
    const Reply reply = put(client, "/v1/rules/" + name, body);
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
  EXPECT_EQ(client.get("/v1/rules").json().at("rules").size(), 5U);
  const std::vector<std::string> before = items_of(client.get(list));
  start();  // they are kept
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
    const Reply reply = put(again, "/v1/rules/bad", bad);
    EXPECT_EQ(reply.status, 422) << bad << reply.body;
    EXPECT_FALSE(reply.json().at("mend").get<std::string>().empty());
  }
  EXPECT_TRUE(again.get("/v1/rules").json().at("rules").empty());
}

TEST_F(LiveTest, ChannelsAndCategories) {
  HttpClient client(service_->port());
  take_taste_one(client, "fan");
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
  // Trending is what came in of late.
  Json events = Json::array();
  for (int u = 0; u < 30; ++u) {
    events.push_back({{"user", "crowd" + std::to_string(u)}, {"item", u % 3 == 0 ? "i8" : "i9"}});
  }
  EXPECT_EQ(client.post("/v1/events", {{"events", events}}).status, 200);
  const std::vector<std::string> trending = items_of(client.get("/v1/trending?k=3"));
  ASSERT_GE(trending.size(), 2U);
  EXPECT_EQ(trending[0], "i9");
  EXPECT_EQ(client.get("/v1/users/fan/recommendations?channel=fusd").status, 422);
  const Json why = client.get("/v1/users/fan/recommendations?k=3&explain=1").json().at("items")[0].at("why");
  EXPECT_TRUE(why.at("channel") == "fused" || why.at("channel") == "similar") << why;
}

TEST_F(LiveTest, AProfileMovesTheListOfSomeoneNew) {
  HttpClient client(service_->port());
  const Reply refused = put(client, "/v1/users/someone", {{"age", 30}});
  EXPECT_EQ(refused.status, 422);  // this project has no user source
  const Reply made = put(client, "/v1/users/someone", {{"friends", {"u1", "u4"}}});
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.json().at("friends"), Json({"u1", "u4"}));
  start();
  EXPECT_EQ(HttpClient(service_->port()).get("/v1/users/someone").json().at("friends"), Json({"u1", "u4"}));
}

TEST_F(LiveTest, BatchesAndAnonymousLists) {
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

TEST_F(LiveTest, WhatComesOfAListIsCounted) {
  HttpClient client(service_->port());
  const Json list = client.get("/v1/users/u1/recommendations?k=4").json();
  const std::string id = list.at("list");
  const std::string third = list.at("items")[2].at("item");
  const auto tell = [&](const Json& what) {
    Json body = {{"list", id}, {"user", "u1"}};
    body.update(what);
    return client.post("/v1/feedback", body).status;
  };
  EXPECT_EQ(tell({{"kind", "like"}}), 200);
  EXPECT_EQ(tell({{"kind", "like"}}), 200);
  EXPECT_EQ(tell({{"kind", "dislike"}}), 200);
  EXPECT_EQ(tell({{"kind", "dwell"}, {"value", 30}}), 200);
  EXPECT_EQ(tell({{"kind", "dwell"}, {"value", 10}}), 200);
  EXPECT_EQ(tell({{"kind", "rating"}, {"value", 4}}), 200);
  EXPECT_EQ(tell({{"kind", "rating"}, {"value", 6}}), 422);
  EXPECT_EQ(tell({{"kind", "click"}}), 422);
  EXPECT_EQ(tell({{"kind", "wink"}}), 422);
  EXPECT_EQ(client.post("/v1/feedback", {{"list", id}, {"user", "u2"}, {"kind", "like"}}).status, 404);
  // An event on an item of the list is a click at its position, once.
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(client.post("/v1/events", {{"events", {{{"user", "u1"}, {"item", third}}}}}).status, 200);
  }
  const auto check = [&](HttpClient& asked) {
    const Json told = asked.get("/v1/overview").json().at("satisfaction");
    EXPECT_EQ(told.at("impressions"), 1);
    EXPECT_EQ(told.at("clicks"), 1);
    EXPECT_DOUBLE_EQ(told.at("ctr").get<double>(), 0.25);
    EXPECT_DOUBLE_EQ(told.at("like_rate").get<double>(), 2.0 / 3);
    EXPECT_DOUBLE_EQ(told.at("mean_dwell_s").get<double>(), 20);
    EXPECT_DOUBLE_EQ(told.at("mean_rating").get<double>(), 4);
    ASSERT_EQ(told.at("ctr_by_position").size(), 4U);
    EXPECT_EQ(told.at("ctr_by_position")[2], (Json{{"position", 3}, {"shown", 1}, {"clicked", 1}}));
  };
  check(client);
  start();  // all of it is in the store
  HttpClient again(service_->port());
  check(again);
}

TEST_F(LiveTest, AVersionIsSwappedInWholeWhileRequestsFinish) {
  const auto config = load_config(folder_ / "haina.toml");
  HttpClient client(service_->port());
  Json events = Json::array();
  for (int u = 0; u < 40; ++u) {
    for (int i = 0; i < 5; ++i) {
      events.push_back({{"user", "live" + std::to_string(u)},
                        {"item", "i" + std::to_string((u + 3 * (u + 7 * i)) % 60)},
                        {"action", "click"},
                        {"time", 1701000000 + 1000 * i}});
    }
  }
  ASSERT_EQ(client.post("/v1/events", {{"events", events}}).status, 200);
  ASSERT_EQ(put(client, "/v1/items/added", {{"title", "The stormy harbour 77"}, {"taste", "t1"}}).status, 200);
  ASSERT_EQ(
      client.post("/v1/events", {{"events", {{{"user", "live1"}, {"item", "added"}, {"action", "click"}}}}}).status,
      200);
  const auto before = current_version(*config);
  ASSERT_TRUE(before);

  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0, asked = 0;
  std::vector<std::thread> askers;
  for (int t = 0; t < 3; ++t) {
    askers.emplace_back([&, t] {
      HttpClient own(service_->port());
      for (int i = 0; !stop; ++i) {
        const std::string user = "live" + std::to_string((t + i) % 40);
        failed += own.post("/v1/events", {{"events", {{{"user", user}, {"item", "i3"}}}}}).status != 200;
        const Reply reply = own.get("/v1/users/" + user + "/recommendations?k=5");
        failed += reply.status != 200 || reply.json().at("items").size() != 5;
        ++asked;
      }
    });
  }
  const auto trained = run_train_from_store(*config, "sqlite://" + store_.string(), {});
  ASSERT_TRUE(trained) << to_text(trained.error());
  const std::string version = trained->filename().string();
  ASSERT_NE(version, *before);
  const Reply used = client.post("/v1/models/" + version + "/use", {{"check", true}});
  EXPECT_EQ(used.status, 200) << used.body;
  EXPECT_EQ(client.get("/readyz").json().at("model"), version);
  // The new version has learned the users, and the item that came in, from the store.
  EXPECT_EQ(client.get("/v1/items/added").json().at("live"), false);
  EXPECT_EQ(client.get("/v1/items/added").json().at("title"), "The stormy harbour 77");
  EXPECT_EQ(client.get("/readyz").json().at("items"), 61);
  EXPECT_GE(client.get("/readyz").json().at("users"), 130);
  // Nothing is counted twice: the history has each event once.
  const Json history = client.get("/v1/users/live1").json().at("history");
  EXPECT_EQ(std::ranges::count_if(history, [](const Json& event) { return event.at("item") == "added"; }), 1);
  const Reply back = client.post("/v1/models/rollback", Json::object());
  EXPECT_EQ(back.status, 200) << back.body;
  EXPECT_EQ(client.get("/readyz").json().at("model"), *before);
  EXPECT_EQ(client.get("/v1/items/added").json().at("live"), true);
  EXPECT_EQ(client.post("/v1/models/nosuch/use", Json::object()).status, 404);
  EXPECT_EQ(client.post("/v1/models/..%2Fprepared/use", {{"check", false}}).status, 404);
  stop = true;
  for (std::thread& asker : askers) {
    asker.join();
  }
  EXPECT_EQ(failed, 0);
  EXPECT_GT(asked, 10);
  const Json models = client.get("/v1/models").json();
  EXPECT_EQ(models.at("current"), *before);
  EXPECT_GE(models.at("models").size(), 2U);
  std::error_code ignored;
  fs::remove_all(*trained, ignored);
  fs::remove(config->models_folder() / "current.json", ignored);
}

// A version that is loaded again counts its changes anew: what an earlier engine of it cached must not come back.
TEST_F(LiveTest, NoListOutlivesItsEngine) {
  const auto config = load_config(folder_ / "haina.toml");
  HttpClient client(service_->port());
  const std::string list = "/v1/users/u1/recommendations?k=60&exclude_seen=0";
  const auto has = [&](const std::string& item) {
    const std::vector<std::string> items = items_of(client.get(list));
    return std::ranges::find(items, item) != items.end();
  };
  const std::string version = *current_version(*config);
  for (int changes = 1; changes <= 4; ++changes) {  // the lists of several counts are cached, all with i1 hidden
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

// The lists of the version in use would have had what users took since; those of one that knows popularity alone not.
TEST_F(LiveTest, AWorseVersionIsRefused) {
  const auto config = load_config(folder_ / "haina.toml");
  HttpClient client(service_->port());
  Json events = Json::array();
  for (int u = 0; u < 60; ++u) {
    const Json list = client.get("/v1/users/u" + std::to_string(u) + "/recommendations?k=3&record=0").json();
    for (const Json& item : list.at("items")) {
      events.push_back({{"user", "u" + std::to_string(u)}, {"item", item.at("item")}, {"action", "click"}});
    }
  }
  ASSERT_EQ(client.post("/v1/events", {{"events", events}}).status, 200);
  const std::string before = *current_version(*config);
  Config poor = *config;
  poor.train.network = "none";
  poor.train.experts = {{"popularity", Json::object()}};
  const auto dataset = load_dataset(config->prepared_folder());
  ASSERT_TRUE(dataset);
  const auto trained = run_train(*dataset, poor, {});
  ASSERT_TRUE(trained) << to_text(trained.error());
  ASSERT_TRUE(use_version(*config, before));  // training put it in use
  const std::string version = trained->filename().string();
  const Reply refused = client.post("/v1/models/" + version + "/use", Json::object());
  EXPECT_EQ(refused.status, 400) << refused.body;
  EXPECT_NE(refused.json().at("detail").get<std::string>().find("NDCG@10"), std::string::npos) << refused.body;
  EXPECT_EQ(client.get("/readyz").json().at("model"), before);
  EXPECT_EQ(client.post("/v1/models/" + version + "/use", {{"check", false}}).status, 200);
  EXPECT_EQ(client.get("/readyz").json().at("model"), version);
  std::error_code ignored;
  service_.reset();
  fs::remove_all(*trained, ignored);
  fs::remove(config->models_folder() / "current.json", ignored);
}

TEST_F(LiveTest, AKeyOfATenantTouchesItsUsersAlone) {
  std::string key;
  {
    HttpClient open(service_->port());
    EXPECT_EQ(open.post("/v1/keys", {{"name", "locked out"}, {"scope", "read"}}).status, 422);
    const Reply admin = open.post("/v1/keys", {{"name", "boss"}, {"scope", "admin"}});
    ASSERT_EQ(admin.status, 200) << admin.body;
    key = "X-API-Key: " + admin.json().at("key").get<std::string>() + "\r\n";
  }
  HttpClient client(service_->port());
  const auto ask = [&](const std::string& head, const std::string& method, const std::string& target,
                       const Json& body = nullptr) {
    return client.request(method, target, body.is_null() ? "" : body.dump(), "application/json", head);
  };
  EXPECT_EQ(ask("", "GET", "/v1/users/u1/recommendations").status, 401);  // there is a key now
  const Reply made = ask(key, "POST", "/v1/keys", {{"name", "acme"}, {"scope", "write"}, {"tenant", "acme"}});
  ASSERT_EQ(made.status, 200) << made.body;
  const std::string acme = "Authorization: Bearer " + made.json().at("key").get<std::string>() + "\r\n";
  EXPECT_EQ(ask(acme, "GET", "/v1/users/acme:1/recommendations").status, 200);
  for (const char* const other : {"u1", "acme", "acmex:1", "other:1"}) {
    EXPECT_EQ(ask(acme, "GET", std::string("/v1/users/") + other + "/recommendations").status, 403) << other;
    EXPECT_EQ(ask(acme, "GET", std::string("/v1/users/") + other + "/events").status, 403);
    EXPECT_EQ(ask(acme, "GET", std::string("/v1/users/") + other).status, 403);
    EXPECT_EQ(ask(acme, "DELETE", std::string("/v1/users/") + other).status, 403);
    EXPECT_EQ(ask(acme, "PUT", std::string("/v1/users/") + other, Json::object()).status, 403);
    EXPECT_EQ(ask(acme, "POST", "/v1/events", {{"events", {{{"user", other}, {"item", "i1"}}}}}).status, 403);
    EXPECT_EQ(ask(acme, "POST", "/v1/recommendations", {{"user", other}}).status, 403);
    EXPECT_EQ(ask(acme, "POST", "/v1/recommendations", {{"users", {"acme:1", other}}}).status, 403);
    EXPECT_EQ(ask(acme, "GET", std::string("/v1/search?q=quiet&user=") + other).status, 403);
  }
  EXPECT_EQ(ask(acme, "POST", "/v1/events", {{"events", {{{"user", "acme:1"}, {"item", "i1"}}}}}).status, 200);
  const Json users = ask(acme, "GET", "/v1/users").json();
  for (const Json& user : users.at("users")) {
    EXPECT_TRUE(user.get<std::string>().starts_with("acme:"));
  }
  EXPECT_EQ(ask(acme, "GET", "/v1/keys").status, 403);
  EXPECT_EQ(ask(acme, "PUT", "/v1/rules/x", {{"do", "pin"}, {"item", "i1"}}).status, 403);
  EXPECT_EQ(ask(key, "DELETE", "/v1/keys/acme").status, 200);
  EXPECT_EQ(ask(acme, "GET", "/v1/users/acme:1/recommendations").status, 401);  // at once
}

TEST_F(LiveTest, TooManyRequestsAreAskedToWait) {
  start({.store = "", .http = {.threads = 2}, .api = {.requests_a_second = 5}});
  HttpClient client(service_->port());
  int good = 0, later = 0;
  for (int i = 0; i < 20; ++i) {
    const Reply reply = client.get("/v1/users/u1/recommendations");
    good += reply.status == 200;
    later += reply.status == 429;
    if (reply.status == 429) {
      EXPECT_NE(reply.head.find("Retry-After: 1"), std::string::npos);
      EXPECT_EQ(reply.json().at("status"), 429);
    }
  }
  EXPECT_GE(good, 5);
  EXPECT_GE(later, 10);
  EXPECT_EQ(client.get("/healthz").status, 200);  // never limited
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(client.get("/v1/users/u1/recommendations").status, 200);
}

TEST_F(LiveTest, BrowsersOfAllowedOriginsMayCall) {
  start({.store = "", .http = {.threads = 1}, .api = {.cors = {"https://shop.example"}}});
  HttpClient client(service_->port());
  const auto from = [&](const std::string& method, const std::string& origin) {
    return client.request(method, "/v1/users/u1/recommendations", "", "application/json", "Origin: " + origin + "\r\n");
  };
  EXPECT_NE(from("GET", "https://shop.example").head.find("Access-Control-Allow-Origin: https://shop.example"),
            std::string::npos);
  EXPECT_EQ(from("GET", "https://evil.example").head.find("Access-Control-Allow-Origin"), std::string::npos);
  const Reply preflight = from("OPTIONS", "https://shop.example");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_NE(preflight.head.find("Access-Control-Allow-Methods: GET"), std::string::npos);
}

TEST_F(LiveTest, TheNewestOfALongHistoryStayInMemory) {
  std::ofstream(folder_ / "short.toml") << *read_text(folder_ / "haina.toml") << "[serve]\nhistory = 4\n";
  const auto config = load_config(folder_ / "short.toml");
  ASSERT_TRUE(config) << to_text(config.error());
  service_.reset();
  auto service = Service::start(*config, {.store = "sqlite://" + store_.string(), .http = {.threads = 1}});
  ASSERT_TRUE(service) << to_text(service.error());
  HttpClient client((*service)->port());
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(client.post("/v1/events", {{"events", {{{"user", "long"}, {"item", "i" + std::to_string(i)}}}}}).status,
              200);
  }
  const Json history = client.get("/v1/users/long").json().at("history");
  ASSERT_GE(history.size(), 4U);
  ASSERT_LE(history.size(), 5U);
  EXPECT_EQ(history[0].at("item"), "i11");
  EXPECT_EQ(client.get("/v1/users/long/events?limit=50").json().at("events").size(), 12U);  // the store has them all
}

TEST_F(LiveTest, EveryAnswerNamesItsRequest) {
  HttpClient client(service_->port());
  const Reply own = client.request("GET", "/healthz", "", "application/json", "X-Request-Id: abc-7\r\n");
  EXPECT_NE(own.head.find("X-Request-Id: abc-7"), std::string::npos);
  const Reply made = client.get("/healthz"), other = client.get("/healthz");
  EXPECT_NE(made.head.find("X-Request-Id: "), std::string::npos);
  EXPECT_NE(made.head, other.head);
}

TEST_F(LiveTest, WhatTheConsoleShows) {
  HttpClient client(service_->port());
  const Json map = client.get("/v1/map?most=30").json();
  EXPECT_EQ(map.at("items").size(), 30U);
  EXPECT_EQ(map.at("group_field"), "items.taste");
  for (const Json& item : map.at("items")) {
    EXPECT_LE(std::abs(item.at("x").get<double>()), 1);
    EXPECT_LE(std::abs(item.at("y").get<double>()), 1);
  }
  EXPECT_EQ(client.get("/v1/training").json().at("epochs").size(), 3U);
  EXPECT_EQ(client.get("/v1/quality").json().at("schema"), "haina.quality/1");
  EXPECT_EQ(client.get("/v1/users?prefix=u1&limit=3").json().at("users").size(), 3U);
  const Json user = client.get("/v1/users/u1").json();
  EXPECT_EQ(user.at("known"), true);
  EXPECT_EQ(user.at("history").size(), 10U);
  EXPECT_EQ(user.at("history")[0].at("action"), "click");
  const Reply page = client.get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.head.find("text/html"), std::string::npos);
  EXPECT_NE(page.head.find("Content-Security-Policy: default-src 'self'"), std::string::npos);
}

}  // namespace
}  // namespace haina
