// A version, its dataset and its store belong together: no acknowledged event loses its effect, none counts twice.
#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "model/versions.h"
#include "service/service_fixture.h"
#include "temporary_postgres.h"

namespace haina {
namespace {

class Identity : public ServiceTest {
 protected:
  void TearDown() override {
    service_.reset();
    for (const fs::path& path : trained_) {
      fs::remove_all(path);
    }
    fs::remove(folder_ / "models" / "current.json");
    EXPECT_TRUE(use_version(config(), *current_version(config())));
    ServiceTest::TearDown();
  }

  static Config config() { return *load_config(folder_ / "haina.toml"); }
  std::string url() const { return "sqlite://" + store_.string(); }

  // Puts a version in use that was trained from that store.
  void train_from(const std::string& url) {
    const auto trained = run_train_from_store(config(), url, {});
    ASSERT_TRUE(trained) << to_text(trained.error());
    trained_.push_back(*trained);
  }

  void start_on(const std::string& url) {
    service_.reset();
    auto service = Service::start(config(), {.store = url, .http = {.threads = 2}});
    ASSERT_TRUE(service) << to_text(service.error());
    service_ = std::move(*service);
  }

  // Has the user take items first, first + 1, …
  void take(const std::string& user, int count, int first = 0) const {
    Json events = Json::array();
    for (int i = first; i < first + count; ++i) {
      events.push_back({{"user", user}, {"item", "i" + std::to_string(i)}, {"action", "click"}});
    }
    const Reply reply = HttpClient(service_->port()).post("/v1/events", {{"events", events}});
    ASSERT_EQ(reply.status, 200) << reply.body;
    ASSERT_EQ(reply.json().at("accepted"), count);
  }

  // The items that the service knows of the user, each as often as it counts them.
  std::vector<std::string> history_of(const std::string& user) const {
    std::vector<std::string> items;
    const Json document = HttpClient(service_->port()).get("/v1/users/" + user).json();
    for (const Json& event : document.at("history")) {
      items.push_back(event.at("item"));
    }
    std::ranges::sort(items);
    return items;
  }

  std::vector<fs::path> trained_;
};

TEST_F(Identity, EventsAfterAForgottenUserAreKnownAfterARestart) {
  take("stays", 4);
  take("goes", 5);
  service_.reset();
  train_from(url());
  start();
  ASSERT_EQ(HttpClient(service_->port()).request("DELETE", "/v1/users/goes").status, 200);
  take("late", 3, 10);
  const std::vector<std::string> live = history_of("late");
  ASSERT_EQ(live.size(), 3U);
  start();
  EXPECT_EQ(history_of("late"), live);
  EXPECT_EQ(history_of("stays").size(), 4U) << "trained on, and not learned again";
  EXPECT_EQ(service_->replayed(), 3);
}

TEST_F(Identity, AnotherStoreIsReplayedAsAWhole) {
  take("first", 9);
  service_.reset();
  train_from(url());
  start_on("sqlite://" + (folder_ / "fresh.db").string());
  take("late", 5, 10);  // fewer than the version was trained on
  start_on("sqlite://" + (folder_ / "fresh.db").string());
  EXPECT_EQ(history_of("late").size(), 5U);
  EXPECT_EQ(service_->replayed(), 5);
}

TEST_F(Identity, AMoveToPostgresLosesNoEvent) {
  static const TemporaryPostgres server;
  if (!server.why_not().empty()) {
    GTEST_SKIP() << server.why_not();
  }
  take("first", 9);
  service_.reset();
  train_from(url());
  const std::string postgres = server.database("moved");
  start_on(postgres);
  take("late", 5, 10);
  start_on(postgres);
  EXPECT_EQ(history_of("late").size(), 5U);
  service_.reset();
  train_from(postgres);
  start_on(postgres);
  EXPECT_EQ(service_->replayed(), 0) << "the new version knows this store";
  EXPECT_EQ(history_of("late").size(), 5U);
}

// The version was trained on events 1 to 6, of which the backup has two.
TEST_F(Identity, ARestoredBackupLearnsWhatCameAfterItAndNothingTwice) {
  take("early", 2);
  service_.reset();
  const fs::path backup = folder_ / "backup.db";
  fs::copy_file(store_, backup, fs::copy_options::overwrite_existing);
  start();
  take("lost", 4);
  service_.reset();
  train_from(url());
  fs::copy_file(backup, store_, fs::copy_options::overwrite_existing);
  start();
  take("late", 9, 10);  // past the number that the version was trained up to
  EXPECT_EQ(history_of("late").size(), 9U);
  start();
  EXPECT_EQ(history_of("late").size(), 9U);
  EXPECT_EQ(history_of("early").size(), 2U);
  EXPECT_EQ(service_->replayed(), 9);
}

// The version was trained after the user had been forgotten; the backup is from before, so the user is there again.
TEST_F(Identity, AUserWhoCameBackWithABackupIsKnown) {
  take("early", 2);
  take("back", 3);
  service_.reset();
  const fs::path backup = folder_ / "backup.db";
  fs::copy_file(store_, backup, fs::copy_options::overwrite_existing);
  start();
  ASSERT_EQ(HttpClient(service_->port()).request("DELETE", "/v1/users/back").status, 200);
  service_.reset();
  train_from(url());
  fs::copy_file(backup, store_, fs::copy_options::overwrite_existing);
  start();
  EXPECT_EQ(history_of("back").size(), 3U);
  EXPECT_EQ(history_of("early").size(), 2U);
  EXPECT_EQ(service_->replayed(), 3);
}

// A version of the release before recorded a number and no store: everything is learned again rather than lost.
TEST_F(Identity, AVersionThatDoesNotSayItsStoreIsReplayedAsAWhole) {
  take("first", 9);
  service_.reset();
  train_from(url());
  const fs::path manifest = trained_.back() / "manifest.json";
  Json document = *read_json(manifest);
  document["about"]["store"] = {{"last_number", 9}, {"events", 9}};
  ASSERT_TRUE(write_text(manifest, document.dump()));
  start();
  EXPECT_EQ(service_->replayed(), 9);
}

// Others write while a version is trained: each event is in the dataset or is learned at the start, and none is both.
TEST_F(Identity, TrainingUnderWritesCountsNoEventTwice) {
  std::atomic<bool> stop = false;
  std::atomic<int> sent = 0;
  std::thread writer([&] {
    while (!stop) {
      take("w" + std::to_string(sent++), 1);
    }
  });
  while (sent < 50) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  train_from(url());
  stop = true;
  writer.join();
  start();
  const Json store = read_json(trained_.back() / "manifest.json")->at("about").at("store");
  EXPECT_GE(store.at("events"), 40);
  EXPECT_EQ(store.at("events"), store.at("last_number"));
  EXPECT_EQ(store.at("events").get<int64_t>() + service_->replayed(), sent);
  for (int i = 0; i < sent; ++i) {
    ASSERT_EQ(history_of("w" + std::to_string(i)).size(), 1U) << i;
  }
}

// The project's files with a further user, or as they were.
class ChangedData : public Identity {
 protected:
  void SetUp() override {
    Identity::SetUp();
    clicks_ = *read_text(folder_ / "clicks.csv");
  }
  void TearDown() override {
    EXPECT_TRUE(write_text(folder_ / "clicks.csv", clicks_));
    EXPECT_TRUE(run_prepare(config(), {}));
    Identity::TearDown();
  }
  // Changes the files, prepares them, and trains a version.
  void train_with_more_data() {
    ASSERT_TRUE(write_text(folder_ / "clicks.csv", clicks_ + "further,i1,1701000000\nfurther,i4,1701000100\n"));
    const auto dataset = run_prepare(config(), {});
    ASSERT_TRUE(dataset) << to_text(dataset.error());
    const auto trained = run_train(*dataset, config(), {});
    ASSERT_TRUE(trained) << to_text(trained.error());
    trained_.push_back(*trained);
  }
  std::string serving() const { return HttpClient(service_->port()).get("/readyz").json().at("model"); }
  std::string clicks_;
};

TEST_F(ChangedData, ARunningServiceTakesAVersionOfIt) {
  const std::string before = serving();
  train_with_more_data();
  const std::string version = trained_.back().filename().string();
  HttpClient client(service_->port());
  const Reply used = client.post("/v1/models/" + version + "/use", {{"check", true}});
  ASSERT_EQ(used.status, 200) << used.body;
  EXPECT_EQ(client.get("/readyz").json().at("users"), 91);
  const Reply back = client.post("/v1/models/rollback", Json::object());
  ASSERT_EQ(back.status, 200) << back.body;
  EXPECT_EQ(serving(), before);
  EXPECT_EQ(client.get("/readyz").json().at("users"), 90);
  EXPECT_EQ(*current_version(config()), before);
}

// The version that serves is deleted from the disk: that keeps no other version out.
TEST_F(ChangedData, AVersionIsTakenAlsoWhereTheServingOneIsGone) {
  const fs::path before = folder_ / "models" / serving(), aside = folder_ / "aside";
  train_with_more_data();
  fs::rename(before, aside);
  HttpClient client(service_->port());
  const std::string version = trained_.back().filename().string();
  const Reply used = client.post("/v1/models/" + version + "/use", Json::object());
  EXPECT_EQ(used.status, 200) << used.body;
  EXPECT_EQ(serving(), version);
  fs::rename(aside, before);
}

// A disk that cannot be read says nothing against the version: it is tried again.
TEST_F(ChangedData, AVersionThatCannotBeReadIsNotRefusedAndIsTakenLater) {
  const std::string before = serving();
  train_with_more_data();
  const std::string version = trained_.back().filename().string();
  HttpClient client(service_->port());
  ASSERT_EQ(client.post("/v1/models/" + version + "/use", {{"check", false}}).status, 200);
  ASSERT_EQ(client.post("/v1/models/" + before + "/use", {{"check", false}}).status, 200);
  const fs::path expert = trained_.back() / "expert-ease.safetensors", aside = trained_.back() / "aside";
  fs::rename(expert, aside);
  fs::create_directory(expert);
  ASSERT_TRUE(use_version(config(), version));
  const auto wait_for = [&](const auto& holds) {
    for (int i = 0; i < 300 && !holds(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return holds();
  };
  const auto last = [&] { return client.get("/v1/models").json().at("swaps")[0]; };
  ASSERT_TRUE(wait_for([&] { return last().at("to") == version; })) << last();
  EXPECT_TRUE(last().at("failed").is_string()) << last();
  EXPECT_TRUE(last().at("refused").is_null()) << last();
  EXPECT_EQ(*current_version(config()), version) << "it is still wanted";
  fs::remove(expert);
  fs::rename(aside, expert);
  EXPECT_TRUE(wait_for([&] { return serving() == version; })) << last();
  EXPECT_TRUE(last().at("failed").is_null()) << last();
}

TEST_F(ChangedData, ARefusedRollBackMovesNothing) {
  const std::string before = serving();
  train_with_more_data();
  HttpClient client(service_->port());
  ASSERT_EQ(client.post("/v1/models/" + trained_.back().filename().string() + "/use", {{"check", false}}).status, 200);
  const fs::path expert = folder_ / "models" / before / "expert-ease.safetensors";
  const std::string whole = *read_text(expert);
  ASSERT_TRUE(write_text(expert, whole.substr(0, 100)));
  const Reply back = client.post("/v1/models/rollback", Json::object());
  EXPECT_EQ(back.status, 400) << back.body;
  EXPECT_EQ(client.post("/v1/models/rollback", Json::object()).status, 400);
  const Json models = client.get("/v1/models").json();
  ASSERT_EQ(models.at("swaps").size(), 2U) << "newest first, what failed twice once";
  EXPECT_EQ(models.at("swaps")[0].at("to"), before);
  EXPECT_EQ(models.at("swaps")[0].at("times"), 2);
  EXPECT_EQ(models.at("swaps")[1].at("times"), 1);
  EXPECT_TRUE(models.at("swaps")[0].at("refused").is_string());
  EXPECT_TRUE(models.at("swaps")[0].at("failed").is_null());
  EXPECT_EQ(models.at("swaps")[1].at("from"), before);
  EXPECT_TRUE(models.at("swaps")[1].at("refused").is_null());
  EXPECT_NE(models.at("models")[0].at("dataset"), models.at("models")[1].at("dataset"));
  EXPECT_EQ(*current_version(config()), trained_.back().filename().string());
  EXPECT_EQ(serving(), trained_.back().filename().string());
  ASSERT_TRUE(write_text(expert, whole));
  EXPECT_EQ(client.post("/v1/models/rollback", Json::object()).status, 200) << "the way back is still there";
  EXPECT_EQ(serving(), before);
}

}  // namespace
}  // namespace haina
