#include "store/store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "store/commit_queue.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_store_" + std::to_string(::getpid()) +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    url_ = "sqlite://" + (folder_ / "live.db").string();
  }
  void TearDown() override { fs::remove_all(folder_); }
  Store open() const {
    auto store = Store::open(url_);
    EXPECT_TRUE(store) << (store ? "" : to_text(store.error()));
    return std::move(*store);
  }
  static std::vector<LiveEvent> all(Store& store) {
    std::vector<LiveEvent> events;
    EXPECT_TRUE(store.replay([&](const LiveEvent& event) { events.push_back(event); }));
    return events;
  }
  fs::path folder_;
  std::string url_;
};

TEST_F(StoreTest, WhatWasAppendedComesBackInOrderAlsoAfterReopening) {
  const std::vector<LiveEvent> events = {
      {.id = "", .user = "u", .item = "a", .action = "view", .value = std::nullopt, .time_us = 5, .context = "{}"},
      {.id = "x1",
       .user = "ü'\"\n",
       .item = "b",
       .action = "rate",
       .value = -2.5,
       .time_us = -7,
       .context = R"({"k":"v"})"},
      {.id = "", .user = "u", .item = "c", .action = "view", .value = 0.0, .time_us = 6, .context = "{}"}};
  {
    Store store = open();
    const auto fresh = store.append(events);
    ASSERT_TRUE(fresh) << to_text(fresh.error());
    EXPECT_EQ(*fresh, (std::vector<bool>{true, true, true}));
  }
  Store store = open();
  const std::vector<LiveEvent> back = all(store);
  ASSERT_EQ(back.size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(back[i].id, events[i].id);
    EXPECT_EQ(back[i].user, events[i].user);
    EXPECT_EQ(back[i].item, events[i].item);
    EXPECT_EQ(back[i].action, events[i].action);
    EXPECT_EQ(back[i].value, events[i].value);
    EXPECT_EQ(back[i].time_us, events[i].time_us);
    EXPECT_EQ(back[i].context, events[i].context);
  }
  const auto newest = store.events_of("u", 1);
  ASSERT_TRUE(newest);
  ASSERT_EQ(newest->size(), 1U);
  EXPECT_EQ(newest->front().item, "c");
  EXPECT_TRUE(store.events_of("nobody", 5)->empty());
}

TEST_F(StoreTest, ARetryCountsOnce) {
  Store store = open();
  const LiveEvent event = {.id = "e1", .user = "u", .item = "a", .action = "view", .value = {}, .time_us = 1};
  EXPECT_EQ(*store.append({{event, event}}), (std::vector<bool>{true, false}));
  EXPECT_EQ(*store.append({{event}}), std::vector<bool>{false});
  EXPECT_EQ(all(store).size(), 1U);
}

TEST_F(StoreTest, WhatIsNoStoreIsAnErrorWithAMend) {
  for (const std::string& url : {std::string("mysql://x"), std::string("sqlite://"), std::string("sqlite://a b")}) {
    const auto store = Store::open(url);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(store.error().mend.empty());
  }
  EXPECT_EQ(Store::open("sqlite:///no/such/folder/live.db").error().code, ErrorCode::kIo);
  std::ofstream(folder_ / "live.db") << "this is a text and no database, however long it may be ........";
  EXPECT_EQ(Store::open(url_).error().code, ErrorCode::kIo);
}

TEST_F(StoreTest, ManySendersCommitTogetherAndEachHearsOfItsOwn) {
  constexpr int kSenders = 8, kEach = 200;
  std::mutex mutex;
  std::condition_variable changed;
  int done = 0;
  int64_t seen = 0, fresh = 0, repeated = 0;
  {
    CommitQueue queue(open(), [&](const LiveEvent&) { ++seen; });
    std::vector<std::thread> senders;
    for (int s = 0; s < kSenders; ++s) {
      senders.emplace_back([&, s] {
        for (int i = 0; i < kEach; ++i) {
          // Every tenth has an id that the sender before sends as well.
          const std::string id = i % 10 == 0 ? "shared" + std::to_string(i) : "";
          EXPECT_TRUE(queue.hand_in({{.id = id, .user = "u" + std::to_string(s), .item = std::to_string(i)}},
                                    [&](const Result<std::vector<bool>>& result) {
                                      EXPECT_TRUE(result);
                                      const std::scoped_lock lock(mutex);
                                      fresh += result->front() ? 1 : 0;
                                      repeated += result->front() ? 0 : 1;
                                      ++done;
                                      changed.notify_one();
                                    }));
        }
      });
    }
    for (std::thread& sender : senders) {
      sender.join();
    }
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return done == kSenders * kEach; });
  }
  EXPECT_EQ(repeated, (kSenders - 1) * kEach / 10);
  EXPECT_EQ(fresh + repeated, kSenders * kEach);
  EXPECT_EQ(seen, fresh);
  Store store = open();
  EXPECT_EQ(std::ssize(all(store)), fresh);
  // A sender's own events stand in the order in which it handed them in.
  const auto own = store.events_of("u3", 1000);
  for (size_t i = 1; i < own->size(); ++i) {
    EXPECT_GT(std::stoi((*own)[i - 1].item), std::stoi((*own)[i].item));
  }
}

TEST_F(StoreTest, WhatIsHandedInBeforeTheEndIsWritten) {
  {
    CommitQueue queue(open(), [](const LiveEvent&) {});
    for (int i = 0; i < 50; ++i) {
      queue.hand_in({{.id = "", .user = "u", .item = std::to_string(i)}}, [](const Result<std::vector<bool>>&) {});
    }
  }
  Store store = open();
  EXPECT_EQ(all(store).size(), 50U);
}

}  // namespace
}  // namespace haina
