// What a running service tells whoever watches it, and what it takes over while it runs.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <mutex>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/log_scope.h"
#include "service/service_fixture.h"

namespace haina {
namespace {

class WatchedTest : public ServiceTest {
 protected:
  void SetUp() override {
    set_log_sink([this](LogLevel, const std::string& text) {
      const std::scoped_lock lock(mutex_);
      lines_.push_back({{"text", text}, {"fields", log_fields()}});
    });
    ServiceTest::SetUp();
  }
  void TearDown() override {
    ServiceTest::TearDown();
    service_.reset();
    set_log_sink({});
  }
  std::vector<Json> lines() {
    const std::scoped_lock lock(mutex_);
    return lines_;
  }
  // The project's configuration with more lines.
  struct Changed {
    Config config;
    WatchConfig watch;
  };
  Changed config_with(const std::string& more) {
    std::ifstream file(folder_ / "haina.toml");
    std::stringstream text;
    text << file.rdbuf() << more;
    const fs::path path = folder_ / "changed.toml";
    EXPECT_TRUE(write_text(path, text.str()));
    const auto config = load_config(path);
    EXPECT_TRUE(config) << to_text(config.error());
    const auto watch = load_watch_config(path);
    EXPECT_TRUE(watch) << to_text(watch.error());
    return {*config, *watch};
  }
  static std::string metrics(HttpClient& client) { return client.get("/metrics").body; }
  static double value_of(const std::string& metrics, const std::string& series) {
    const size_t at = metrics.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::stod(metrics.substr(at + series.size() + 2));
  }

 private:
  std::mutex mutex_;
  std::vector<Json> lines_;
};

// Names of what operators need, and each of them in the documentation.
TEST_F(WatchedTest, MetricsTellOfQueueStoreMemoryModelAndRefusals) {
  start({.store = "", .http = {.threads = 2}, .api = {.requests_a_second = 50}});
  HttpClient client(service_->port());
  take_items_of_taste_one(client, "fan");
  ASSERT_EQ(client.put("/v1/items/fresh", {{"title", "A fresh harbour"}}).status, 200);
  for (int i = 0; i < 200; ++i) {
    client.get("/v1/users/fan/recommendations");
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));  // until there may be requests again
  metrics(client);                                               // has the store measured
  std::string text;
  for (int i = 0; i < 100 && value_of(text, "haina_store_bytes") <= 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    text = metrics(client);
  }
  EXPECT_GT(value_of(text, "haina_store_bytes"), 10'000);
  EXPECT_GE(value_of(text, "haina_queue_depth{kind=\"events\"}"), 0);
  EXPECT_GE(value_of(text, "haina_queue_depth{kind=\"changes\"}"), 0);
  EXPECT_GE(value_of(text, "haina_queue_depth{kind=\"work\"}"), 0);
  EXPECT_GT(value_of(text, "haina_commit_seconds_count"), 1);
  EXPECT_GT(value_of(text, "haina_commit_seconds_sum"), 0);
  EXPECT_GT(value_of(text, "haina_memory_bytes{kind=\"resident\"}"), 10e6);
  EXPECT_GE(value_of(text, "haina_model_age_seconds"), 0);
  EXPECT_LT(value_of(text, "haina_model_age_seconds"), 86'400);
  EXPECT_EQ(value_of(text, "haina_live_entries{kind=\"items\"}"), 1);
  EXPECT_EQ(value_of(text, "haina_live_entries{kind=\"users\"}"), 1);
  EXPECT_GT(value_of(text, "haina_refusals_total{reason=\"rate\"}"), 50);
  for (const char* const reason : {"peer_connections", "connections", "body_budget", "deadline", "workers", "queue"}) {
    EXPECT_EQ(value_of(text, fmt::format("haina_refusals_total{{reason=\"{}\"}}", reason)), 0) << reason;
  }
  std::ifstream file(fs::path(HAINA_SOURCE_DIR) / "docs" / "serving.md");
  std::stringstream docs;
  docs << file.rdbuf();
  const std::regex type("# TYPE (\\S+)");
  size_t names = 0;
  for (auto found = std::sregex_iterator(text.begin(), text.end(), type); found != std::sregex_iterator(); ++found) {
    EXPECT_NE(docs.str().find("`" + (*found)[1].str() + "`"), std::string::npos) << (*found)[1] << " is not documented";
    ++names;
  }
  EXPECT_GE(names, 12U);
}

TEST_F(WatchedTest, ALimitThatKeepsSomebodyOutIsCounted) {
  start({.store = "", .http = {.threads = 2, .most_body = 1000, .most_of_a_peer = 4}});
  std::vector<std::unique_ptr<HttpClient>> idle;
  for (int i = 0; i < 8; ++i) {
    idle.push_back(std::make_unique<HttpClient>(service_->port()));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  HttpClient client(service_->port());
  HttpClient other(service_->port());
  other.request("POST", "/v1/events", std::string(2000, ' '));
  const std::string text = metrics(client);
  EXPECT_GE(value_of(text, "haina_refusals_total{reason=\"peer_connections\"}"), 4);
  EXPECT_EQ(value_of(text, "haina_refusals_total{reason=\"body_size\"}"), 1);
}

TEST_F(WatchedTest, TracesAreContinuedInAnswersAndLines) {
  start({.store = "", .http = {.threads = 2}, .api = {.log_all = true}});
  HttpClient client(service_->port());
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736", parent = "00f067aa0ba902b7";
  ASSERT_TRUE(
      client.send("GET /v1/users/secret-ann/recommendations?k=3 HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: r-7\r\n"
                  "traceparent: 00-" +
                  trace + "-" + parent + "-01\r\n\r\n"));
  const Reply reply = client.receive();
  ASSERT_EQ(reply.status, 200);
  const std::string given = reply.header("traceparent");
  EXPECT_TRUE(std::regex_match(given, std::regex("00-" + trace + "-[0-9a-f]{16}-01"))) << given;
  EXPECT_EQ(given.find(parent), std::string::npos);
  EXPECT_EQ(client.get("/nowhere/secret-ann").status, 404);
  bool found = false;
  for (const Json& line : lines()) {
    EXPECT_EQ(line.dump().find("secret-ann"), std::string::npos) << line;  // a log outlives what users want forgotten
    if (line["fields"].value("request", "") == "r-7") {
      found = true;
      EXPECT_EQ(line["fields"]["trace_id"], trace);
      EXPECT_EQ(line["fields"]["span_id"], given.substr(36, 16));
      EXPECT_EQ(line["fields"]["route"], "/v1/users/{id}/recommendations");
      EXPECT_EQ(line["fields"]["status"], 200);
      EXPECT_EQ(line["fields"]["method"], "GET");
      EXPECT_TRUE(line["fields"]["ms"].is_number());
    }
  }
  EXPECT_TRUE(found);
}

TEST_F(WatchedTest, SpansGoToTheCollector) {
  std::mutex mutex;
  std::vector<std::string> bodies;
  auto collector = HttpServer::start({.threads = 1}, [&](const HttpRequest& request, HttpServer::Respond respond) {
    const std::scoped_lock lock(mutex);
    bodies.push_back(request.body);
    respond({.status = 200, .body = "{}"});
  });
  ASSERT_TRUE(collector);
  service_.reset();
  const Changed changed =
      config_with(fmt::format("\n[serve]\notlp_endpoint = \"http://127.0.0.1:{}/v1/traces\"\n", collector->port()));
  auto service = Service::start(
      changed.config, {.store = "sqlite://" + store_.string(), .http = {.threads = 2}, .watch = changed.watch});
  ASSERT_TRUE(service) << to_text(service.error());
  HttpClient client((*service)->port());
  EXPECT_EQ(client.get("/v1/users/secret-ann/recommendations").status, 200);
  service->reset();
  const std::scoped_lock lock(mutex);
  ASSERT_EQ(bodies.size(), 1U);
  EXPECT_NE(bodies[0].find("GET /v1/users/{id}/recommendations"), std::string::npos);
  EXPECT_EQ(bodies[0].find("secret-ann"), std::string::npos);
}

TEST_F(WatchedTest, ReloadTakesOverRulesAndServe) {
  HttpClient client(service_->port());
  take_items_of_taste_one(client, "fan");
  const std::string list = "/v1/users/fan/recommendations?k=6";
  const auto tastes = [&] {
    std::set<int> all;
    for (const std::string& item : items_of(client.get(list))) {
      all.insert(std::stoi(item.substr(1)) % 3);
    }
    return all;
  };
  ASSERT_EQ(tastes(), std::set<int>{1});
  const auto wait_until = [](const auto& holds) {
    for (int i = 0; i < 200 && !holds(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return holds();
  };
  const auto reload = [&](const std::string& more) {
    const Changed changed = config_with(more);
    service_->reconfigure(changed.config, changed.watch);
  };
  reload("\n[[rule]]\nname = \"no t1\"\ndo = \"filter\"\nfield = \"items.taste\"\nis = [\"t1\"]\n");
  EXPECT_TRUE(wait_until([&] { return !tastes().contains(1); }));
  EXPECT_EQ(client.get("/v1/rules").json().at("rules").size(), 1U);
  // What the user has seen comes back, once [serve] says so: the events are learned again.
  reload("\n[serve]\nexclude_seen = false\notlp_endpoint = \"http://127.0.0.1:1/v1/traces\"\n");
  EXPECT_TRUE(wait_until([&] { return tastes() == std::set<int>{1}; }));
  const std::vector<std::string> items = items_of(client.get(list + "0"));
  EXPECT_NE(std::ranges::find(items, "i1"), items.end());
  // A rule that does not fit the data leaves those of before in force, and the log says why.
  reload(
      "\n[serve]\nexclude_seen = false\n[[rule]]\nname = \"odd\"\ndo = \"filter\"\nfield = \"items.nothing\"\nis = "
      "[\"x\"]\n");
  const auto said = [&](const std::string& what) {
    return std::ranges::any_of(lines(), [&](const Json& line) {
      return line["text"].get_ref<const std::string&>().find(what) != std::string::npos;
    });
  };
  EXPECT_TRUE(wait_until([&] { return said("items.nothing"); }));
  EXPECT_TRUE(said("otlp_endpoint changed: in force after a restart"));
  EXPECT_EQ(client.get(list).status, 200);
}

}  // namespace
}  // namespace haina
