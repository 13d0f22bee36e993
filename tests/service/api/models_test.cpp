// Versions of the model: swapped while requests are served, checked, rolled back.
#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "model/versions.h"
#include "service/service_fixture.h"

namespace haina {
namespace {

TEST_F(ServiceTest, VersionIsSwappedWhileRequestsAreServed) {
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
  ASSERT_EQ(client.put("/v1/items/added", {{"title", "The stormy harbour 77"}, {"taste", "t1"}}).status, 200);
  ASSERT_EQ(
      client.post("/v1/events", {{"events", {{{"user", "live1"}, {"item", "added"}, {"action", "click"}}}}}).status,
      200);
  const auto before = current_version(*config);
  ASSERT_TRUE(before);

  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0, requests = 0;
  std::vector<std::thread> clients;
  for (int t = 0; t < 3; ++t) {
    clients.emplace_back([&, t] {
      HttpClient own(service_->port());
      for (int i = 0; !stop; ++i) {
        const std::string user = "live" + std::to_string((t + i) % 40);
        failed += own.post("/v1/events", {{"events", {{{"user", user}, {"item", "i3"}}}}}).status != 200;
        const Reply reply = own.get("/v1/users/" + user + "/recommendations?k=5");
        failed += reply.status != 200 || reply.json().at("items").size() != 5;
        ++requests;
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
  // The new version was trained with the users and the added item of the store.
  EXPECT_EQ(client.get("/v1/items/added").json().at("live"), false);
  EXPECT_EQ(client.get("/v1/items/added").json().at("title"), "The stormy harbour 77");
  EXPECT_EQ(client.get("/readyz").json().at("items"), 61);
  EXPECT_GE(client.get("/readyz").json().at("users"), 130);
  // No event counts twice: the history has each event once.
  const Json history = client.get("/v1/users/live1").json().at("history");
  EXPECT_EQ(std::ranges::count_if(history, [](const Json& event) { return event.at("item") == "added"; }), 1);
  const Reply back = client.post("/v1/models/rollback", Json::object());
  EXPECT_EQ(back.status, 200) << back.body;
  EXPECT_EQ(client.get("/readyz").json().at("model"), *before);
  EXPECT_EQ(client.get("/v1/items/added").json().at("live"), true);
  EXPECT_EQ(client.post("/v1/models/nosuch/use", Json::object()).status, 404);
  EXPECT_EQ(client.post("/v1/models/..%2Fprepared/use", {{"check", false}}).status, 404);
  stop = true;
  for (std::thread& thread : clients) {
    thread.join();
  }
  EXPECT_EQ(failed, 0);
  EXPECT_GT(requests, 10);
  const Json models = client.get("/v1/models").json();
  EXPECT_EQ(models.at("current"), *before);
  EXPECT_GE(models.at("models").size(), 2U);
  std::error_code ignored;
  fs::remove_all(*trained, ignored);
  fs::remove(config->models_folder() / "current.json", ignored);
}

// Users took what the version in use recommended; a version with popularity alone does not rank those items highly.
TEST_F(ServiceTest, WorseVersionIsRefused) {
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
  poor.train.network = NetworkChoice::kNone;
  poor.train.experts = {{"popularity", Json::object()}};
  const auto dataset = load_dataset(config->prepared_folder());
  ASSERT_TRUE(dataset);
  const auto trained = run_train(*dataset, poor, {});
  ASSERT_TRUE(trained) << to_text(trained.error());
  // The service looks at what training put in use, and refuses it: the pointer returns to what serves.
  for (int i = 0; i < 300 && *current_version(*config) != before; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  ASSERT_EQ(*current_version(*config), before);
  const std::string version = trained->filename().string();
  const Reply refused = client.post("/v1/models/" + version + "/use", Json::object());
  EXPECT_EQ(refused.status, 400) << refused.body;
  EXPECT_NE(refused.json().at("detail").get<std::string>().find("NDCG@10"), std::string::npos) << refused.body;
  EXPECT_EQ(client.get("/readyz").json().at("model"), before);
  const auto last = [&] { return client.get("/v1/models").json().at("swaps").at(0); };
  const Json compared = last().at("compared");
  EXPECT_GE(compared.at("users"), 20);
  EXPECT_EQ(compared.at("metric"), "ndcg@10");
  EXPECT_LT(compared.at("to"), compared.at("from"));
  EXPECT_EQ(client.post("/v1/models/" + version + "/use", {{"check", false}}).status, 200);
  EXPECT_EQ(client.get("/readyz").json().at("model"), version);
  EXPECT_TRUE(last().at("compared").is_null()) << "they were not compared";
  std::error_code ignored;
  service_.reset();
  fs::remove_all(*trained, ignored);
  fs::remove(config->models_folder() / "current.json", ignored);
}

}  // namespace
}  // namespace haina
