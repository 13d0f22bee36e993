// What is forgotten is gone from everything that Haina keeps, and late copies of it are answered as such.
#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "data/dataset.h"
#include "model/find_user.h"
#include "model/forget_in_project.h"
#include "model/versions.h"
#include "service/service_fixture.h"

namespace haina {
namespace {

class Forgetting : public ServiceTest {
 protected:
  static Config config() { return *load_config(folder_ / "haina.toml"); }
  static bool within_seconds(int seconds, const std::function<bool()>& holds) {
    for (int i = 0; i < 20 * seconds && !holds(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return holds();
  }
  static std::vector<std::string> places_of(const std::string& user) {
    std::vector<std::string> places;
    const auto traces = find_user(config(), user);
    EXPECT_TRUE(traces) << to_text(traces.error());
    for (const Trace& trace : *traces) {
      places.push_back(trace.place);
      EXPECT_FALSE(trace.why.empty() || trace.hint.empty());
    }
    return places;
  }
};

TEST_F(Forgetting, LateCopiesAreAnsweredAsForgottenAndNotStored) {
  const Json old_event = {{"events", {{{"user", "ann"}, {"item", "i1"}, {"time", now_us() / 1000000 - 60}}}}};
  const Json with_id = {{"events", {{{"user", "ann"}, {"item", "i4"}, {"id", "order-7"}}}}};
  {
    HttpClient client(service_->port());
    EXPECT_EQ(client.post("/v1/events", old_event).json().at("accepted"), 1);
    EXPECT_EQ(client.post("/v1/events", with_id).json().at("accepted"), 1);
    EXPECT_EQ(client.request("DELETE", "/v1/users/ann").json().at("deleted").at("events"), 2);
  }
  for (int life = 0; life < 2; ++life) {
    HttpClient client(service_->port());
    for (const Json& copy : {old_event, with_id}) {  // read again from a topic; a client's retry, without a time
      const Json answer = client.post("/v1/events", copy).json();
      EXPECT_EQ(answer.at("accepted"), 0) << answer;
      EXPECT_EQ(answer.at("known"), 0);
      EXPECT_EQ(answer.at("forgotten"), 1);
      EXPECT_EQ(answer.at("notes"), Json({"1 event is of a user who was forgotten since: not stored"}));
    }
    EXPECT_TRUE(client.get("/v1/users/ann/events").json().at("events").empty());
    EXPECT_TRUE(client.get("/v1/users/ann").json().at("history").empty());
    EXPECT_EQ(client.get("/v1/users/ann").json().at("forgotten"), true);
    start();
  }
  HttpClient client(service_->port());
  EXPECT_EQ(client.post("/v1/events", {{"events", {{{"user", "ann"}, {"item", "i2"}}}}}).json().at("accepted"), 1);
  start();
  EXPECT_EQ(HttpClient(service_->port()).get("/v1/users/ann").json().at("history").size(), 1U) << "ann came back";
}

TEST_F(Forgetting, GorsesPathsKeepLateCopiesOutToo) {
  start({.store = "", .http = {.threads = 2}, .gorse = true});
  HttpClient client(service_->port());
  const Json feedback =
      Json::array({{{"FeedbackType", "read"}, {"UserId", "ann"}, {"ItemId", "i1"}, {"Timestamp", "2024-02-29"}}});
  ASSERT_EQ(client.put("/api/feedback", feedback).status, 200);
  ASSERT_EQ(client.request("DELETE", "/api/user/ann").status, 200);
  EXPECT_EQ(client.put("/api/feedback", feedback).status, 200);
  EXPECT_EQ(client.post("/api/feedback", feedback).status, 200);
  EXPECT_TRUE(client.get("/v1/users/ann/events").json().at("events").empty());
}

TEST_F(Forgetting, NamesLeaveTheListsOfOthers) {
  HttpClient client(service_->port());
  ASSERT_EQ(client.put("/v1/users/ann", {{"friends", {"bob"}}}).status, 200);
  ASSERT_EQ(client.put("/v1/users/bob", {{"friends", {"ann", "cleo"}}}).status, 200);
  // An event on an item that is not there waits for it, and must not bring the user back.
  ASSERT_EQ(client.post("/v1/events", {{"events", {{{"user", "ann"}, {"item", "late"}}}}}).status, 200);
  ASSERT_EQ(client.request("DELETE", "/v1/users/ann").status, 200);
  EXPECT_EQ(client.get("/v1/users/bob").json().at("friends"), Json({"cleo"}));
  EXPECT_EQ(client.put("/v1/items/late", {{"taste", "t2"}}).status, 200);
  EXPECT_TRUE(client.get("/v1/users/ann").json().at("history").empty());
  EXPECT_EQ(client.get("/v1/users?prefix=ann").json().at("users"), Json::array());
  ASSERT_EQ(client.request("DELETE", "/v1/users/u5").status, 200);
  const Json listed = client.get("/v1/users?prefix=u5").json().at("users");
  EXPECT_EQ(std::ranges::find(listed, Json("u5")), listed.end()) << "a prepared user";
  EXPECT_EQ(listed.size(), 10U);
  start();
  HttpClient again(service_->port());
  EXPECT_EQ(again.get("/v1/users/bob").json().at("friends"), Json({"cleo"}));
  EXPECT_TRUE(again.get("/v1/users/ann").json().at("history").empty());
}

TEST_F(Forgetting, PreparedDataAndDatasetsAreWrittenWithoutTheUser) {
  const std::string version = *current_version(config());
  EXPECT_EQ(places_of("u3").size(), 2U);  // prepared, and the version's dataset
  const auto before = load_dataset(dataset_folder(config(), version));
  ASSERT_TRUE(before);
  {
    HttpClient client(service_->port());
    ASSERT_EQ(client.request("DELETE", "/v1/users/u3").status, 200);
    ASSERT_TRUE(within_seconds(10, [] { return places_of("u3").size() == 1; }));
    EXPECT_EQ(places_of("u3"), std::vector<std::string>{"models/" + version + ": what the version learned"});
    const Json models = client.get("/v1/models").json();
    EXPECT_EQ(models.at("models").at(0).at("forgotten_since"), 1);
  }
  const auto after = load_dataset(dataset_folder(config(), version));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->users.size(), before->users.size());
  EXPECT_LT(after->events.size(), before->events.size());
  start();  // the version goes with the dataset as it is now
  HttpClient client(service_->port());
  EXPECT_EQ(client.get("/readyz").json().at("model"), version);
  EXPECT_EQ(client.get("/v1/users/u3").json().at("known"), false);
  EXPECT_FALSE(client.get("/v1/users/u4").json().at("history").empty());
  // Prepared again from the same and from changed files, the user stays out.
  ASSERT_TRUE(run_prepare(config(), {}));
  EXPECT_EQ(places_of("u3").size(), 1U);
  const std::string clicks = *read_text(folder_ / "clicks.csv");
  ASSERT_NE(clicks.find("\nu3,"), std::string::npos);
  ASSERT_TRUE(write_text(folder_ / "clicks.csv", clicks + "further,i1,1701000000\n"));
  const auto changed = run_prepare(config(), {});
  ASSERT_TRUE(changed) << to_text(changed.error());
  EXPECT_TRUE(changed->users.find("further"));
  EXPECT_FALSE(changed->users.find("u3"));
  EXPECT_EQ(places_of("u3").size(), 1U);
}

TEST_F(Forgetting, ATrainingFromTheStoreLeavesNoLinesOfIt) {
  {
    HttpClient client(service_->port());
    ASSERT_EQ(
        client.post("/v1/events", {{"events", {{{"user", "ann"}, {"item", "i1"}}, {{"user", "bob"}, {"item", "i2"}}}}})
            .status,
        200);
  }
  service_.reset();
  const auto trained = run_train_from_store(config(), "sqlite://" + store_.string(), {});
  ASSERT_TRUE(trained) << to_text(trained.error());
  const std::string version = trained->filename().string();
  EXPECT_FALSE(fs::exists(folder_ / "datasets" / version / "events.jsonl"));
  EXPECT_EQ(places_of("ann"), std::vector<std::string>{"datasets/" + version + "/prepared: id of a user"});
  // By the library, as haina forget does it.
  auto store = Store::open("sqlite://" + store_.string());
  ASSERT_TRUE(store && store->forget_user("ann"));
  const auto purged = forget_in_project(config(), *store->forgotten_users());
  ASSERT_TRUE(purged) << to_text(purged.error());
  EXPECT_TRUE(purged->not_yet.empty());
  EXPECT_EQ(places_of("ann"), std::vector<std::string>{"models/" + version + ": what the version learned"});
  EXPECT_TRUE(forget_in_project(config(), *store->forgotten_users())->rewritten.empty()) << "done already";
  start();
  EXPECT_EQ(HttpClient(service_->port()).get("/readyz").json().at("model"), version);
  EXPECT_EQ(HttpClient(service_->port()).get("/v1/users/bob").json().at("history").size(), 1U);
}

TEST_F(Forgetting, ARunningServiceFollowsACommandOnItsStore) {
  HttpClient client(service_->port());
  ASSERT_EQ(client.post("/v1/events", {{"events", {{{"user", "ann"}, {"item", "i1"}}}}}).status, 200);
  const Json list = client.get("/v1/users/ann/recommendations?k=3").json();
  const Json like = {{"list", list.at("list")}, {"user", "ann"}, {"kind", "like"}};
  EXPECT_EQ(client.post("/v1/feedback", like).status, 200);
  {
    auto store = Store::open("sqlite://" + store_.string());
    ASSERT_TRUE(store && store->forget_user("ann"));
  }
  EXPECT_TRUE(within_seconds(5, [&] { return client.get("/v1/users/ann").json().at("history").empty(); }));
  EXPECT_EQ(client.get("/v1/users/ann").json().at("forgotten"), true);
  EXPECT_EQ(client.post("/v1/feedback", like).status, 404) << "the list is forgotten with the user";
}

}  // namespace
}  // namespace haina
