// The service as a whole: start, end, metrics, memory, and what its console shows.
#include "service/service.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "service/service_fixture.h"

namespace haina {
namespace {

TEST_F(ServiceTest, WithoutKeysItListensOnLoopbackOnly) {
  const auto config = load_config(folder_ / "haina.toml");
  const auto open = Service::start(
      *config, {.store = "sqlite://" + (folder_ / "open.db").string(), .http = {.address = "0.0.0.0", .threads = 1}});
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(open.error().hint.find("haina keys add"), std::string::npos);
}

TEST_F(ServiceTest, PortInUseIsAnError) {
  const auto config = load_config(folder_ / "haina.toml");
  const auto second = Service::start(
      *config, {.store = "sqlite://" + (folder_ / "second.db").string(), .http = {.port = service_->port()}});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kIo);
  EXPECT_NE(second.error().hint.find("--port"), std::string::npos);
}

TEST_F(ServiceTest, AcknowledgedEventsSurviveTheEndUnderLoad) {
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

TEST_F(ServiceTest, MetricsCountRequestsEventsAndLists) {
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

TEST_F(ServiceTest, OnlyTheNewestHistoryStaysInMemory) {
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

TEST_F(ServiceTest, ConsoleAndItsDataAreServed) {
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
