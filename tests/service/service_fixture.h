// A service with a small trained model. Every answer that a test gets is checked against the API's description.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "api_contract.h"
#include "base/files.h"
#include "base/seed.h"
#include "http_client.h"
#include "made_clicks.h"
#include "pipeline/prepare.h"
#include "pipeline/run_train.h"
#include "service/service.h"

namespace haina {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// 90 users of three tastes and 60 items: user u likes the items with i % 3 == u % 3, whose taste is "t0", "t1" or "t2".
class ServiceTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = fs::temp_directory_path() / ("haina_service_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    RandomStream random(5, "service_test");
    std::ofstream items(folder_ / "items.csv");
    items << "item,title,taste,year\n";
    for (int i = 0; i < 60; ++i) {
      items << "i" << i << ",The " << (i % 2 == 0 ? "quiet" : "stormy") << " harbour " << i << ",t" << i % 3 << ","
            << 1980 + i % 40 << "\n";
    }
    items.close();
    write_clicks(folder_ / "clicks.csv", 90, 10, [&](int u, int) { return (u % 3) + 3 * random.below(20); });
    ASSERT_TRUE(write_text(folder_ / "haina.toml", R"(
[project]
name = "service"
[[source]]
name = "clicks"
kind = "events"
path = "clicks.csv"
action = "click"
columns = { user = "user", item = "item", time = "time" }
[[source]]
name = "items"
kind = "items"
path = "items.csv"
columns = { item = "item", title = "text", taste = "category", year = "number" }
[train]
network_params = { epochs = 3, width = 16 }
[train.experts.popularity]
[train.experts.ease]
)"));
    const auto config = load_config(folder_ / "haina.toml");
    ASSERT_TRUE(config) << to_text(config.error());
    const auto dataset = run_prepare(*config, {});
    ASSERT_TRUE(dataset) << to_text(dataset.error());
    const auto model = run_train(*dataset, *config, {});
    ASSERT_TRUE(model) << to_text(model.error());
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  void SetUp() override {
    store_ = folder_ / (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".db");
    start();
  }
  void TearDown() override { HttpClient::on_reply = nullptr; }
  // Starts the service again, with the same store, after the one before has ended.
  void start(ServiceOptions options = {.store = "", .http = {.threads = 2}}) {
    const auto config = load_config(folder_ / "haina.toml");
    ASSERT_TRUE(config) << to_text(config.error());
    service_.reset();
    options.store = "sqlite://" + store_.string();
    auto service = Service::start(*config, options);
    ASSERT_TRUE(service) << to_text(service.error());
    service_ = std::move(*service);
    HttpClient::on_reply = nullptr;
    const Json openapi = HttpClient(service_->port()).get("/v1/openapi.json").json();
    HttpClient::on_reply = [contract = ApiContract(openapi)](const std::string& method, const std::string& target,
                                                             const Reply& reply) {
      EXPECT_EQ(contract.violation(method, target, reply.status, reply.header("Content-Type"), reply.body), "")
          << method << " " << target << " " << reply.status << " " << reply.body.substr(0, 400);
      EXPECT_EQ(reply.body.find(R"("code":"other")"), std::string::npos) << "no code: " << reply.body.substr(0, 400);
    };
  }
  static std::vector<std::string> items_of(const Reply& reply) {
    std::vector<std::string> items;
    EXPECT_EQ(reply.status, 200) << reply.body;
    const Json document = reply.json();
    for (const Json& item : document.at("items")) {
      items.push_back(item.at("item"));
    }
    return items;
  }

  // Gives the user a history of seven items, all of taste "t1".
  static void take_items_of_taste_one(HttpClient& client, const std::string& user) {
    Json events = Json::array();
    for (int i = 1; i < 20; i += 3) {
      events.push_back({{"user", user}, {"item", "i" + std::to_string(i)}});
    }
    ASSERT_EQ(client.post("/v1/events", {{"events", events}}).status, 200);
  }

  static inline fs::path folder_;
  fs::path store_;
  std::unique_ptr<Service> service_;
};

}  // namespace haina
