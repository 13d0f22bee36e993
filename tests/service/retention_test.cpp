// [keep]: what is too old leaves the store between commits, is counted, and nothing else is touched; what the service
// holds of shown lists stays within its bytes.
#include "service/retention.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <string>
#include <thread>

#include "base/clock.h"
#include "service/telemetry/list_outcomes.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kDayUs = int64_t{86'400'000'000};

class RetentionTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_retention_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    url_ = "sqlite://" + (folder_ / "live.db").string();
    Store store = *Store::open(url_);
    std::vector<LiveEvent> events;
    std::vector<Impression> lists;
    for (int i = 0; i < 100; ++i) {  // the first half is forty days old
      const int64_t time_us = now_us() - (i < 50 ? 40 : 1) * kDayUs;
      events.push_back({.user = "u", .item = std::to_string(i), .time_us = time_us});
      lists.push_back({"l" + std::to_string(i), "u", "m", "[]", time_us});
    }
    ASSERT_TRUE(store.append(events));
    ASSERT_TRUE(store.add_impressions(lists));
  }
  void TearDown() override { fs::remove_all(folder_); }
  int64_t events() const {
    int64_t count = 0;
    EXPECT_TRUE(Store::open(url_)->replay([&](const LiveEvent&) { ++count; }));
    return count;
  }
  int64_t lists() const { return std::ssize(*Store::open(url_)->impressions(1000)); }
  // Runs until as many rows were dropped, or for five seconds; returns how many were.
  int64_t run(const KeepConfig& keep, int64_t rows) const {
    std::atomic<int64_t> dropped = 0;
    CommitQueue queue(*Store::open(url_), [](const LiveEvent&) {});
    using std::chrono::milliseconds;
    Retention retention(keep, queue, [&](const char*, int64_t more) { dropped += more; },
                        {.first = milliseconds(0), .every = milliseconds(20), .pause = milliseconds(1), .step = 7});
    for (int i = 0; i < 500 && dropped < rows; ++i) {
      std::this_thread::sleep_for(milliseconds(10));
    }
    std::this_thread::sleep_for(milliseconds(60));  // further passes find nothing
    // Somebody who writes meanwhile is served.
    std::promise<bool> written;
    EXPECT_TRUE(
        queue.enqueue({{.user = "w", .item = "i", .time_us = now_us()}},
                      [&](const Result<std::vector<Appended>>& appended) { written.set_value(appended.has_value()); }));
    EXPECT_TRUE(written.get_future().get());
    return dropped;
  }
  fs::path folder_;
  std::string url_;
};

TEST_F(RetentionTest, ByDefaultListsOfAMonthStayAndEventsForEver) {
  EXPECT_EQ(run(KeepConfig{}, 50), 50);
  EXPECT_EQ(events(), 101);
  EXPECT_EQ(lists(), 50);
}

TEST_F(RetentionTest, OldEventsAndListsBeyondTheirNumberGo) {
  KeepConfig keep;
  keep.events_days = 30;
  keep.lists_days = 0;
  keep.lists = 10;
  EXPECT_EQ(run(keep, 140), 140);
  EXPECT_EQ(events(), 51);
  EXPECT_EQ(lists(), 10);
}

TEST_F(RetentionTest, ZerosKeepEverything) {
  KeepConfig keep;
  keep.lists_days = 0;
  keep.lists = 0;
  EXPECT_EQ(run(keep, 0), 0);
  EXPECT_EQ(lists(), 100);
}

// On another server than the one that was asked to forget.
TEST(ListOutcomesMemory, ForgetsByHashesWhatWasShownUntilThen) {
  ListOutcomes outcomes(1 << 20);
  outcomes.sign_with("salt", {});
  outcomes.on_impression({.list = "before", .user = "ann", .model = "m", .items = R"(["i1"])", .time_us = 10});
  outcomes.on_impression({.list = "after", .user = "ann", .model = "m", .items = R"(["i2"])", .time_us = 30});
  outcomes.on_impression({.list = "other", .user = "bob", .model = "m", .items = R"(["i1"])", .time_us = 10});
  HashedNames gone;
  gone.add(HashedNames::key_of("salt", "ann"), 20);
  outcomes.forget(gone);
  EXPECT_FALSE(outcomes.knows("before", "ann"));
  EXPECT_TRUE(outcomes.knows("after", "ann")) << "the user came back";
  EXPECT_TRUE(outcomes.knows("other", "bob"));
  outcomes.learn({.id = "e", .user = "ann", .item = "i2", .action = "click", .value = {}, .time_us = 31});
  outcomes.learn({.id = "f", .user = "ann", .item = "i1", .action = "click", .value = {}, .time_us = 31});
  EXPECT_EQ(outcomes.to_json().at("clicks"), 1);
}

// Memory follows the number of users, not of requests.
TEST(ListOutcomesMemory, HoldsTheNewestListsOfAUser) {
  ListOutcomes outcomes;
  const auto show = [&](const std::string& user, int from, int count) {
    for (int i = from; i < from + count; ++i) {
      outcomes.on_impression({user + std::to_string(i), user, "m", R"(["i1"])", 1000});
    }
  };
  constexpr int kHeld = ListOutcomes::kListsOfUser;
  show("ann", 0, kHeld);
  show("bob", 0, 10);
  const size_t bytes = outcomes.bytes();
  show("ann", kHeld, 20'000);
  EXPECT_EQ(outcomes.lists(), ListOutcomes::kListsOfUser + 10);
  EXPECT_NEAR(static_cast<double>(outcomes.bytes()), static_cast<double>(bytes), 0.05 * static_cast<double>(bytes));
  outcomes.on_feedback({.list = "ann20000", .user = "ann", .item = "i1", .kind = "click"});
  outcomes.on_feedback({.list = "bob0", .user = "bob", .item = "i1", .kind = "click"});
  EXPECT_EQ(outcomes.to_json().at("clicks"), 2);
  outcomes.on_feedback({.list = "ann0", .user = "ann", .item = "i1", .kind = "click"});
  EXPECT_EQ(outcomes.to_json().at("clicks"), 2) << "it is held no more";
  // Lists without a user are of many people.
  show("", 0, 1000);
  outcomes.on_feedback({.list = "0", .user = "", .item = "i1", .kind = "click"});
  EXPECT_EQ(outcomes.to_json().at("clicks"), 3);
}

// A list of 1,000 items took 40 KB: 3.8 GB at the limit of 100,000 lists.
// Positions are told apart up to the fiftieth; clicks further down count over all that was shown.
TEST(ListOutcomesMemory, ARateIsOfAllThatWasShown) {
  ListOutcomes outcomes;
  nlohmann::json items = nlohmann::json::array();
  for (int i = 0; i < 200; ++i) {
    items.push_back("i" + std::to_string(i));
  }
  outcomes.on_impression({"list", "ann", "m", items.dump(), 1000});
  for (int i = 0; i < 100; ++i) {
    outcomes.on_feedback({.list = "list", .user = "ann", .item = "i" + std::to_string(i), .kind = "click"});
  }
  EXPECT_EQ(outcomes.to_json().at("shown"), 200);
  EXPECT_EQ(outcomes.to_json().at("clicks"), 100);
  EXPECT_DOUBLE_EQ(outcomes.to_json().at("ctr").get<double>(), 0.5);
}

TEST(ListOutcomesMemory, StaysWithinItsBytes) {
  ListOutcomes outcomes(1 << 20);
  nlohmann::json items = nlohmann::json::array();
  for (int i = 0; i < 1000; ++i) {
    items.push_back("an-item-with-a-long-name-" + std::to_string(i));
  }
  for (int i = 0; i < 2000; ++i) {
    outcomes.on_impression({"list" + std::to_string(i), "u" + std::to_string(i), "m", items.dump(), 1000});
    ASSERT_LE(outcomes.bytes(), size_t{1} << 20);
  }
  EXPECT_GT(outcomes.lists(), 150U) << "less than 7 KB each";
  EXPECT_TRUE(outcomes.knows("list1999", "u1999")) << "the newest stay";
  EXPECT_FALSE(outcomes.knows("list0", "u0"));
  outcomes.learn({.user = "u1999", .item = "an-item-with-a-long-name-3", .action = "click", .time_us = 2000});
  EXPECT_EQ(outcomes.to_json().at("clicks"), 1);
  outcomes.learn({.user = "u0", .item = "an-item-with-a-long-name-3", .action = "click", .time_us = 2000});
  outcomes.learn({.user = "u1999", .item = "never shown", .action = "click", .time_us = 2000});
  EXPECT_EQ(outcomes.to_json().at("clicks"), 1);
  EXPECT_EQ(outcomes.to_json().at("impressions"), 2000);
  const size_t before = outcomes.bytes();
  outcomes.forget("u1999");
  EXPECT_LT(outcomes.bytes(), before);
}

}  // namespace
}  // namespace haina
