// The "context" and "profile" of a request: values of user fields that hold for one list.
#include <string>
#include <vector>

#include "service/service_fixture.h"

namespace haina {
namespace {

// As ServiceTest, with a table of users: the device goes with the taste.
class RequestContextTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() {
    folder_ = fs::temp_directory_path() / ("haina_request_context_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    RandomStream random(5, "request_context_test");
    std::ofstream items(folder_ / "items.csv"), users(folder_ / "users.csv");
    items << "item,taste\n";
    for (int i = 0; i < 60; ++i) {
      items << "i" << i << ",t" << i % 3 << "\n";
    }
    users << "user,device\n";
    for (int u = 0; u < 90; ++u) {
      users << "u" << u << ",d" << u % 3 << "\n";
    }
    items.close();
    users.close();
    write_clicks(folder_ / "clicks.csv", 90, 10, [&](int u, int) { return (u % 3) + 3 * random.below(20); });
    ASSERT_TRUE(write_text(folder_ / "haina.toml", R"(
[project]
name = "context"
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
columns = { item = "item", taste = "category" }
[[source]]
name = "users"
kind = "users"
path = "users.csv"
columns = { user = "user", device = "category" }
[train]
network_params = { epochs = 3, width = 16 }
[train.experts.popularity]
)"));
    const auto config = load_config(folder_ / "haina.toml");
    ASSERT_TRUE(config) << to_text(config.error());
    const auto dataset = run_prepare(*config, {});
    ASSERT_TRUE(dataset) << to_text(dataset.error());
    const auto model = run_train(*dataset, *config, {});
    ASSERT_TRUE(model) << to_text(model.error());
  }
  static std::vector<std::string> list_with(HttpClient& client, const Json& body) {
    Json request = body;
    request["k"] = 60;
    return items_of(client.post("/v1/recommendations", request));
  }
};

TEST_F(RequestContextTest, ChangesTheListAndBeatsTheProfile) {
  HttpClient client(service_->port());
  const Json d0 = {{"device", "d0"}}, d1 = {{"users.device", "d1"}};
  const std::vector<std::string> with_d0 = list_with(client, {{"context", d0}});
  const std::vector<std::string> with_d1 = list_with(client, {{"context", d1}});
  EXPECT_NE(with_d0, with_d1);
  EXPECT_EQ(list_with(client, {{"profile", d1}}), with_d1);
  EXPECT_EQ(list_with(client, {{"profile", d0}, {"context", d1}}), with_d1);
  // It holds for that request alone.
  const std::vector<std::string> stored = list_with(client, {{"user", "u0"}});
  list_with(client, {{"user", "u0"}, {"context", d1}});
  EXPECT_EQ(list_with(client, {{"user", "u0"}}), stored);
}

TEST_F(RequestContextTest, WhatIsNoUserFieldOrNoOneValueIsRefused) {
  HttpClient client(service_->port());
  const Reply unknown = client.post("/v1/recommendations", {{"context", {{"hour", 12}}}});
  EXPECT_EQ(unknown.status, 422);
  EXPECT_EQ(unknown.json().at("at"), "context.hour");
  EXPECT_NE(unknown.json().at("hint").get<std::string>().find("users.device"), std::string::npos);
  EXPECT_EQ(client.post("/v1/recommendations", {{"context", {{"device", {"d0", "d1"}}}}}).status, 422);
  EXPECT_EQ(client.post("/v1/recommendations", {{"context", "d0"}}).status, 422);
}

}  // namespace
}  // namespace haina
