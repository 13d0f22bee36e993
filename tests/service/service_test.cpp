// The service as its clients meet it: over a socket, on a small trained model.
#include "service/service.h"

#include <atomic>
#include <set>
#include <thread>

#include "service_fixture.h"

namespace haina {
namespace {

TEST_F(ServiceTest, TheNextListKnowsTheEvent) {
  HttpClient client(service_->port());
  const std::string list = "/v1/users/someone%20new/recommendations?k=5";
  EXPECT_FALSE(client.get(list).json().at("notes").empty());
  const Reply posted = client.post("/v1/events", {{"events",
                                                   {{{"user", "someone new"}, {"item", "i1"}},
                                                    {{"user", "someone new"}, {"item", "i4"}, {"action", "click"}},
                                                    {{"user", "someone new"}, {"item", "no such item"}}}}});
  EXPECT_EQ(posted.status, 200) << posted.body;
  EXPECT_EQ(posted.json(), (Json{{"accepted", 3}, {"known", 0}}));
  const std::vector<std::string> items = items_of(client.get(list));
  ASSERT_EQ(items.size(), 5U);
  for (const std::string& item : items) {
    EXPECT_EQ(std::stoi(item.substr(1)) % 3, 1) << item;  // the taste of what was taken
    EXPECT_TRUE(item != "i1" && item != "i4") << item;    // which is not offered again
  }
  const Json read = client.get("/v1/users/someone%20new/events?limit=2").json();
  ASSERT_EQ(read.at("events").size(), 2U);
  EXPECT_EQ(read.at("events")[0].at("item"), "no such item");
}

TEST_F(ServiceTest, AfterARestartListsAreWhatTheyWere) {
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

TEST_F(ServiceTest, EveryAcknowledgedEventIsSeenWhileOthersWrite) {
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
          break;  // all items are taken
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

TEST_F(ServiceTest, LinesAndRetriesAreTaken) {
  HttpClient client(service_->port());
  const std::string lines =
      "{\"id\": \"a\", \"user\": 7, \"item\": \"i3\"}\n\n{\"id\": \"b\", \"user\": 7, \"item\": \"i6\"}\n";
  EXPECT_EQ(client.request("POST", "/v1/events", lines, "application/x-ndjson").json().at("accepted"), 2);
  EXPECT_EQ(client.request("POST", "/v1/events", lines, "application/x-ndjson").json(),
            (Json{{"accepted", 0}, {"known", 2}}));
  EXPECT_EQ(client.get("/v1/users/7/events").json().at("events").size(), 2U);
}

TEST_F(ServiceTest, AnonymousListsReasonsAndNeighbours) {
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

TEST_F(ServiceTest, SearchGivesWhatHoldsTheWordsInTheOrderOfTaste) {
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

TEST_F(ServiceTest, AHiddenItemIsNowhereUntilItIsShownAgain) {
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
    EXPECT_EQ(client.request("DELETE", "/v1/items/i4").status, 200);  // again
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

TEST_F(ServiceTest, OfAForgottenUserNothingFromBeforeIsKnown) {
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
    const auto on_disk = [&] {  // as SQLite writes the row
      std::string bytes;
      for (const char* const ending : {"", "-wal"}) {
        std::ifstream file(store_.string() + ending, std::ios::binary);
        bytes.append((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
      }
      return bytes.find("u1i1") != std::string::npos;
    };
    EXPECT_TRUE(on_disk());
    EXPECT_EQ(client.request("DELETE", "/v1/users/u1").json(), (Json{{"user", "u1"}, {"forgotten", true}}));
    EXPECT_FALSE(on_disk());  // overwritten at once
  }
  check();
  start();
  check();
  EXPECT_EQ(service_->replayed(), 1);  // the other user's
  HttpClient client(service_->port());
  client.post("/v1/events", {{"events", {{{"user", "u1"}, {"item", "i4"}}}}});
  EXPECT_NE(items_of(client.get(list)), newcomers);  // whoever comes again is known from then on
}

TEST_F(ServiceTest, WhatWasSeenIsOfferedOnlyWhereAskedFor) {
  HttpClient client(service_->port());
  client.post("/v1/events", {{"events", {{{"user", "sees"}, {"item", "i1"}}}}});
  const auto has = [&](const std::string& more) {
    const std::vector<std::string> items = items_of(client.get("/v1/users/sees/recommendations?k=60" + more));
    return std::ranges::find(items, "i1") != items.end();
  };
  EXPECT_FALSE(has(""));
  EXPECT_TRUE(has("&exclude_seen=0"));
}

TEST_F(ServiceTest, WhatIsWrongIsAProblemWithAMend) {
  HttpClient client(service_->port());
  Json many = {{"events", Json::array()}};
  for (int i = 0; i < 10'001; ++i) {
    many["events"].push_back({{"user", "u"}, {"item", "i"}});
  }
  struct Wrong {
    const char* method;
    std::string target, body;
    int status;
    const char* at;
  };
  const std::vector<Wrong> wrongs = {
      {"POST", "/v1/events", "{", 400, "body"},
      {"POST", "/v1/events", "\xFF{}", 400, "body"},
      {"POST", "/v1/events", std::string(100, '['), 400, "body"},
      {"POST", "/v1/events", "[]", 422, "events"},
      {"POST", "/v1/events", R"({"events": [{"user": "u"}]})", 422, "events[0].item"},
      {"POST", "/v1/events", R"({"events": [{"user": "u", "item": "i"}, {"user": "", "item": "i"}]})", 422,
       "events[1].user"},
      {"POST", "/v1/events", R"({"events": [{"user": "u", "item": "i", "value": "high"}]})", 422, "events[0].value"},
      {"POST", "/v1/events", R"({"events": [{"user": "u", "item": "i", "time": "soon"}]})", 422, "events[0].time"},
      {"POST", "/v1/events", R"({"events": [{"user": "u", "item": "i", "time": 1700000000000}]})", 422,
       "events[0].time"},
      {"POST", "/v1/events", R"({"events": [{"user": "u", "item": "i", "colour": 1}]})", 422, "events[0].colour"},
      {"POST", "/v1/events", R"({"events": [{"user": "u\u0000", "item": "i"}]})", 422, "events[0].user"},
      {"POST", "/v1/events", many.dump(), 422, "events"},
      {"GET", "/v1/users/u1/recommendations?k=0", "", 422, "k"},
      {"GET", "/v1/users/u1/recommendations?k=ten", "", 422, "k"},
      {"GET", "/v1/users/u1/recommendations?j=1", "", 422, "query"},
      {"GET", "/v1/users/%zz/recommendations", "", 400, "{id}"},
      {"GET", "/v1/users/%ff/recommendations", "", 400, "{id}"},
      {"GET", "/v1/items/nowhere/similar", "", 404, "id"},
      {"POST", "/v1/recommendations", R"({"history": ["nowhere"]})", 404, "history"},
      {"POST", "/v1/recommendations", R"({"k": 0})", 422, "k"},
      {"GET", "/v1/../etc/passwd", "", 404, nullptr},
      {"GET", "/nowhere", "", 404, nullptr},
      {"DELETE", "/v1/events", "", 405, nullptr}};
  for (const Wrong& wrong : wrongs) {
    const Reply reply = client.request(wrong.method, wrong.target, wrong.body);
    const std::string what = wrong.target + " " + wrong.body.substr(0, 80);
    EXPECT_EQ(reply.status, wrong.status) << what << reply.body;
    EXPECT_NE(reply.head.find("application/problem+json"), std::string::npos) << what;
    const Json problem = reply.json();
    ASSERT_TRUE(problem.is_object()) << what;
    EXPECT_EQ(problem.at("status"), wrong.status);
    EXPECT_FALSE(problem.at("mend").get<std::string>().empty()) << what;
    EXPECT_EQ(problem.value("at", ""), wrong.at == nullptr ? "" : wrong.at) << what;
  }
  EXPECT_NE(client.request("DELETE", "/v1/events").head.find("Allow: POST"), std::string::npos);
  EXPECT_EQ(client.get("/healthz").status, 200);                              // and the connection lives on
  EXPECT_TRUE(client.get("/v1/users/u/events").json().at("events").empty());  // of a refused request nothing is kept
}

TEST_F(ServiceTest, LimitsHoldAndTheServerLivesOn) {
  start({.store = "", .http = {.threads = 2, .most_body = 1000, .most_header = 2000, .seconds = 0.5}});
  {
    HttpClient large(service_->port());
    EXPECT_EQ(large.request("POST", "/v1/events", std::string(5000, 'x')).status, 413);
  }
  {
    HttpClient flood(service_->port());
    EXPECT_EQ(flood.request("GET", "/healthz?" + std::string(5000, 'x')).status, 431);
  }
  {
    HttpClient garbage(service_->port());
    EXPECT_TRUE(garbage.send("\x16\x03\x01 this is no HTTP\r\n\r\n"));
    EXPECT_EQ(garbage.receive().status, 400);
  }
  HttpClient slow(service_->port());
  EXPECT_TRUE(slow.send("GET /healthz HT"));
  EXPECT_EQ(slow.receive().status, 0);  // closed after half a second
  HttpClient client(service_->port());
  EXPECT_EQ(client.get("/healthz").status, 200);
}

TEST_F(ServiceTest, ItEndsWhileOthersWriteAndWhatItAcknowledgedIsKept) {
  std::atomic<int> acknowledged = 0;
  std::vector<std::thread> writers;
  for (int w = 0; w < 8; ++w) {
    writers.emplace_back([&, w, port = service_->port()] {
      HttpClient client(port);
      for (int i = 0;; ++i) {
        const Json event = {{"user", "ending" + std::to_string(w)}, {"item", "i" + std::to_string(i % 60)}};
        if (client.post("/v1/events", {{"events", {event}}}).status != 200) {
          return;
        }
        ++acknowledged;
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  service_.reset();
  for (std::thread& writer : writers) {
    writer.join();
  }
  EXPECT_GT(acknowledged, 0);
  start();
  EXPECT_GE(service_->replayed(), acknowledged);
  EXPECT_LE(service_->replayed(), acknowledged + 8);
}

TEST_F(ServiceTest, TheDocumentDescribesWhatIsThere) {
  HttpClient client(service_->port());
  const Json document = client.get("/v1/openapi.json").json();
  EXPECT_EQ(document.at("openapi"), "3.1.0");
  std::set<std::string> paths;
  for (const auto& [path, operations] : document.at("paths").items()) {
    for (const auto& [method, operation] : operations.items()) {
      std::string target = path;
      for (size_t at = target.find('{'); at != std::string::npos; at = target.find('{')) {
        target.replace(at, target.find('}') - at + 1, "i2");
      }
      std::string upper = method;
      std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      const Reply reply = client.request(upper, target, operation.contains("requestBody") ? "{}" : "");
      // Nothing that is described is missing: at most, there is no such item, rule, key or version.
      EXPECT_TRUE(reply.status == 200 || reply.status == 404 || reply.status == 422) << upper << target << reply.body;
      EXPECT_EQ(reply.body.find("nothing is here"), std::string::npos) << upper << " " << target;
      paths.insert(path);
    }
  }
  EXPECT_TRUE(paths.contains("/v1/users/{id}/recommendations"));
}

TEST_F(ServiceTest, KeysSayWhoMayDoWhat) {
  const std::string url = "sqlite://" + store_.string();
  std::string read_key, write_key;
  {
    auto store = Store::open(url);
    ASSERT_TRUE(store);
    read_key = *new_key();
    write_key = *new_key();
    ASSERT_TRUE(store->add_key({.name = "reader", .scope = Scope::kRead, .hash = hash_of_key(read_key)}));
    ASSERT_TRUE(store->add_key({.name = "writer", .scope = Scope::kWrite, .hash = hash_of_key(write_key)}));
    EXPECT_EQ(store->add_key({.name = "writer"}).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(store->revoke_key("nobody").error().code, ErrorCode::kNotFound);
  }
  start();
  HttpClient client(service_->port());
  const std::string list = "/v1/users/u1/recommendations";
  const std::string event = R"({"events": [{"user": "u1", "item": "i1"}]})";
  const auto get = [&](const std::string& head) { return client.request("GET", list, "", "application/json", head); };
  const auto post = [&](const std::string& head) {
    return client.request("POST", "/v1/events", event, "application/json", head).status;
  };
  const Reply none = get("");
  EXPECT_EQ(none.status, 401);
  EXPECT_NE(none.head.find("WWW-Authenticate: Bearer"), std::string::npos);
  EXPECT_FALSE(none.json().at("mend").get<std::string>().empty());
  EXPECT_EQ(get("X-API-Key: " + read_key + "x\r\n").status, 401);
  EXPECT_EQ(get("X-API-Key: " + hash_of_key(read_key) + "\r\n").status, 401);  // what the store has opens nothing
  EXPECT_EQ(get("X-API-Key: " + read_key + "\r\n").status, 200);
  EXPECT_EQ(get("Authorization: Bearer " + read_key + "\r\n").status, 200);
  EXPECT_EQ(post(""), 401);
  EXPECT_EQ(post("X-API-Key: " + read_key + "\r\n"), 403);
  EXPECT_EQ(post("X-API-Key: " + write_key + "\r\n"), 200);
  EXPECT_EQ(get("X-API-Key: " + write_key + "\r\n").status, 200);
  EXPECT_EQ(client.get("/healthz").status, 200);
  {
    auto store = Store::open(url);
    ASSERT_TRUE(store->revoke_key("reader"));
    ASSERT_TRUE(store->revoke_key("writer"));
  }
  int status = 200;
  for (int i = 0; i < 50 && status == 200; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    status = get("X-API-Key: " + read_key + "\r\n").status;
  }
  EXPECT_EQ(status, 401);
  EXPECT_EQ(post(""), 401);  // the last key gone, nothing is open
}

TEST_F(ServiceTest, WithoutKeysItListensOnThisMachineAlone) {
  const auto config = load_config(folder_ / "haina.toml");
  const auto open = Service::start(
      *config, {.store = "sqlite://" + (folder_ / "open.db").string(), .http = {.address = "0.0.0.0", .threads = 1}});
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(open.error().mend.find("haina keys add"), std::string::npos);
}

TEST_F(ServiceTest, AListAskedForAgainIsTheSameUntilTheUserDoesSomething) {
  HttpClient client(service_->port());
  const std::string list = "/v1/users/u7/recommendations?k=7";
  const std::string first = client.get(list).body;
  EXPECT_EQ(client.get(list).body, first);
  EXPECT_NE(client.get("/v1/users/u7/recommendations?k=6").body, first);
  const std::string top = Json::parse(first).at("items")[0].at("item");
  EXPECT_EQ(client.post("/v1/events", {{"events", {{{"user", "u8"}, {"item", top}}}}}).status, 200);
  EXPECT_EQ(client.get(list).body, first);  // another's event
  EXPECT_EQ(client.post("/v1/events", {{"events", {{{"user", "u7"}, {"item", top}}}}}).status, 200);
  EXPECT_NE(client.get(list).body, first);
}

TEST_F(ServiceTest, CountsWhatItDoes) {
  HttpClient client(service_->port());
  client.get("/v1/users/u1/recommendations");
  client.get("/v1/users/u2/recommendations");
  client.get("/v1/users/u2/recommendations");
  client.get("/v1/users/u2/recommendations?k=0");
  client.post("/v1/events", {{"events", {{{"id", "a"}, {"user", "u1"}, {"item", "i1"}}}}});
  client.post("/v1/events", {{"events", {{{"id", "a"}, {"user", "u1"}, {"item", "i1"}}}}});
  const Reply reply = client.get("/metrics");
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.head.find("text/plain; version=0.0.4"), std::string::npos);
  const std::string route = R"(method="GET",route="/v1/users/{id}/recommendations")";
  for (const std::string& line :
       {"haina_requests_total{" + route + ",status=\"200\"} 3", "haina_requests_total{" + route + ",status=\"422\"} 1",
        "haina_request_seconds_count{" + route + "} 4", std::string("haina_events_total{was=\"accepted\"} 1"),
        std::string("haina_events_total{was=\"known\"} 1"), std::string("haina_lists_total{how=\"made\"} 2"),
        std::string("haina_lists_total{how=\"cache\"} 1")}) {
    EXPECT_NE(reply.body.find(line + "\n"), std::string::npos) << line << "\n" << reply.body;
  }
}

// Both requests have the same letters in the same order; each must get its own user's list.
TEST_F(ServiceTest, AListIsNeverAnothers) {
  HttpClient client(service_->port());
  const Json first = client.get("/v1/users/c/recommendations?query=a%0Ab").json();
  const Json second = client.get("/v1/users/b%0Ac/recommendations?query=a").json();
  EXPECT_EQ(first.at("user"), "c");
  EXPECT_EQ(second.at("user"), "b\nc");
}

TEST(HttpServer, WhatAHandlerThrowsCostsItsRequestAlone) {
  const auto server = HttpServer::start({.threads = 1}, [](const HttpRequest& request, HttpServer::Respond respond) {
    if (request.target == "/late") {
      respond({.status = 200, .body = "first"});
    }
    if (request.target != "/") {
      throw std::runtime_error("no memory, say");
    }
    respond({.status = 200, .body = "{}"});
  });
  ASSERT_TRUE(server) << to_text(server.error());
  HttpClient client(server->port());
  EXPECT_EQ(client.get("/thrown").status, 500);
  EXPECT_EQ(client.get("/thrown").json().at("detail"), "an internal error");
  EXPECT_EQ(client.get("/late").body, "first");  // answered once, whatever comes after
  EXPECT_EQ(client.get("/").status, 200);
}

TEST_F(ServiceTest, ATakenPortIsAnError) {
  const auto config = load_config(folder_ / "haina.toml");
  const auto second = Service::start(
      *config, {.store = "sqlite://" + (folder_ / "second.db").string(), .http = {.port = service_->port()}});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kIo);
  EXPECT_NE(second.error().mend.find("--port"), std::string::npos);
}

}  // namespace
}  // namespace haina
