#include "store/store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "store/commit_queue.h"
#include "store_fixture.h"

namespace haina {
namespace {

INSTANTIATE_TEST_SUITE_P(Backends, StoreTest, testing::Values("sqlite", "postgresql"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(StoreTest, AppendedEventsComeBackInOrderAfterReopening) {
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
    const auto added = store.append(events);
    ASSERT_TRUE(added) << to_text(added.error());
    EXPECT_EQ(*added, std::vector<Appended>(3, Appended::kNew));
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

TEST_P(StoreTest, RetryCountsOnce) {
  Store store = open();
  const LiveEvent event = {.id = "e1", .user = "u", .item = "a", .action = "view", .value = {}, .time_us = 1};
  EXPECT_EQ(*store.append({{event, event}}), (std::vector<Appended>{Appended::kNew, Appended::kKnown}));
  EXPECT_EQ(*store.append({{event}}), std::vector<Appended>{Appended::kKnown});
  EXPECT_EQ(all(store).size(), 1U);
}

TEST(Store, InvalidUrlsAndFilesAreErrorsWithHints) {
  const fs::path folder = fs::temp_directory_path() / ("haina_no_store_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  for (const std::string& url : {std::string("mysql://x"), std::string("sqlite://"), std::string("sqlite://a b")}) {
    const auto store = Store::open(url);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(store.error().hint.empty());
  }
  EXPECT_EQ(Store::open("sqlite:///no/such/folder/live.db").error().code, ErrorCode::kIo);
  EXPECT_EQ(Store::open("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2").error().code, ErrorCode::kIo);
  // No message contains a password.
  EXPECT_EQ(to_text(Store::open("postgresql://me:secret@127.0.0.1:1/none").error()).find("secret"), std::string::npos);
  std::ofstream(folder / "live.db") << "this is a text and not a database, however long it may be ......";
  EXPECT_EQ(Store::open("sqlite://" + (folder / "live.db").string()).error().code, ErrorCode::kBadData);
  fs::remove_all(folder);
}

TEST_P(StoreTest, ManySendersCommitTogetherAndEachGetsItsResult) {
  constexpr int kSenders = 8, kEach = 200;
  std::mutex mutex;
  std::condition_variable changed;
  int done = 0;
  int64_t seen = 0, added = 0, repeated = 0;
  {
    CommitQueue queue(open(), [&](const LiveEvent&) { ++seen; });
    std::vector<std::thread> senders;
    for (int s = 0; s < kSenders; ++s) {
      senders.emplace_back([&, s] {
        for (int i = 0; i < kEach; ++i) {
          // Every tenth event has an id that all senders use.
          const std::string id = i % 10 == 0 ? "shared" + std::to_string(i) : "";
          EXPECT_TRUE(queue.enqueue({{.id = id, .user = "u" + std::to_string(s), .item = std::to_string(i)}},
                                    [&](const Result<std::vector<Appended>>& result) {
                                      EXPECT_TRUE(result);
                                      const std::scoped_lock lock(mutex);
                                      added += result->front() == Appended::kNew ? 1 : 0;
                                      repeated += result->front() == Appended::kKnown ? 1 : 0;
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
  EXPECT_EQ(added + repeated, kSenders * kEach);
  EXPECT_EQ(seen, added);
  Store store = open();
  EXPECT_EQ(std::ssize(all(store)), added);
  // A sender's events are stored in the order in which it enqueued them.
  const auto own = store.events_of("u3", 1000);
  for (size_t i = 1; i < own->size(); ++i) {
    EXPECT_GT(std::stoi((*own)[i - 1].item), std::stoi((*own)[i].item));
  }
}

TEST_P(StoreTest, EnqueuedEventsAreWrittenBeforeTheEnd) {
  {
    CommitQueue queue(open(), [](const LiveEvent&) {});
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE(queue.enqueue({{.id = "", .user = "u", .item = std::to_string(i)}},
                                [](const Result<std::vector<Appended>>&) {}));
    }
  }
  Store store = open();
  EXPECT_EQ(all(store).size(), 50U);
}

TEST_P(StoreTest, EntitiesAreReplacedAndDropped) {
  {
    Store store = open();
    EXPECT_TRUE(store.put({{{"item", "b", R"({"x": 1})", 5}, {"item", "a", "{}", 6}, {"user", "a", "{}", 7}}}));
    EXPECT_TRUE(store.put({{{"item", "b", R"({"x": 'ü"})", 8}}}));
  }
  Store store = open();
  const auto items = store.entities("item");
  ASSERT_TRUE(items) << to_text(items.error());
  ASSERT_EQ(items->size(), 2U);
  EXPECT_EQ((*items)[0].id, "b") << "in the order in which they were added, also after another is put in its place";
  EXPECT_EQ((*items)[0].document, R"({"x": 'ü"})");
  EXPECT_EQ((*items)[0].time_us, 8);
  EXPECT_EQ((*items)[1].id, "a");
  EXPECT_EQ((*store.entity("user", "a"))->time_us, 7);
  EXPECT_FALSE(*store.entity("user", "b"));
  EXPECT_TRUE(store.drop("item", "b"));
  EXPECT_EQ(store.entities("item")->size(), 1U);
  EXPECT_TRUE(store.put({{{"item", "b", "{}", 9}}}));
  EXPECT_EQ(store.entities("item")->front().id, "b") << "it takes its old place";
}

TEST_P(StoreTest, PagesFollowTheOrderOfNumbers) {
  Store store = open();
  EXPECT_EQ(*store.last_number(), 0);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(store.append(
        {{{.user = "u" + std::to_string(i % 2), .item = std::to_string(i), .action = i == 3 ? "b" : "a"}}}));
  }
  const auto first = store.page(0, 2, "");
  ASSERT_TRUE(first);
  ASSERT_EQ(first->events.size(), 2U);
  const auto second = store.page(first->last, 9, "");
  ASSERT_EQ(second->events.size(), 3U);
  EXPECT_EQ(second->events[0].item, "2");
  EXPECT_EQ(second->last, *store.last_number());
  EXPECT_EQ(store.page(0, 9, "b")->events.size(), 1U);
  std::vector<std::string> some;
  EXPECT_TRUE(store.replay([&](const LiveEvent& event) { some.push_back(event.item); }, first->last, second->last - 1));
  EXPECT_EQ(some, (std::vector<std::string>{"2", "3"}));
  EXPECT_EQ(store.events_on("3", 9)->size(), 1U);
  EXPECT_EQ(*store.drop_events("u1", "3", "a"), 0);
  EXPECT_EQ(*store.drop_events("u1", "3", ""), 1);
  EXPECT_EQ(all(store).size(), 4U);
}

TEST_P(StoreTest, ImpressionsAndFeedbackComeBackOldestFirst) {
  Store store = open();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(store.add_impressions({{{"l" + std::to_string(i), "u", "m", R"(["a"])", i}}}));
    EXPECT_TRUE(store.add_feedback({{{"l" + std::to_string(i), "u", "a", "dwell", 1.5 + i, i}}}));
  }
  const auto lists = store.impressions(2);
  ASSERT_TRUE(lists);
  ASSERT_EQ(lists->size(), 2U);
  EXPECT_EQ((*lists)[0].list, "l1");
  EXPECT_EQ((*lists)[1].items, R"(["a"])");
  const auto feedback = store.feedback(9);
  ASSERT_EQ(feedback->size(), 3U);
  EXPECT_DOUBLE_EQ((*feedback)[2].value, 3.5);
  // Nothing of a forgotten user remains.
  ASSERT_TRUE(store.append({{{.user = "u", .item = "a"}, {.user = "v", .item = "a"}}}));
  EXPECT_TRUE(store.put({{{"user", "u", "{}", 1}}}));
  EXPECT_TRUE(store.forget_user("u"));
  EXPECT_TRUE(store.impressions(9)->empty());
  EXPECT_TRUE(store.feedback(9)->empty());
  EXPECT_TRUE(store.entities("user")->empty());
  EXPECT_EQ(all(store).size(), 1U);
  EXPECT_TRUE(store.forgotten_users()->contains("u"));
  EXPECT_FALSE(store.forgotten_users()->contains("v"));
}

TEST_P(StoreTest, KeysHaveNamesScopesAndTenants) {
  Store store = open();
  EXPECT_TRUE(store.add_key({.name = "a", .scope = Scope::kWrite, .hash = "h", .tenant = "t"}));
  EXPECT_EQ(store.add_key({.name = "a", .scope = Scope::kRead, .hash = "h"}).error().code, ErrorCode::kInvalidArgument);
  const auto keys = store.keys();
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->front().tenant, "t");
  EXPECT_TRUE(keys->front().may_touch("t:1"));
  EXPECT_FALSE(keys->front().may_touch("t:"));
  EXPECT_FALSE(keys->front().may_touch("tt:1"));
  EXPECT_TRUE(store.revoke_key("a"));
  EXPECT_EQ(store.revoke_key("a").error().code, ErrorCode::kNotFound);
}

TEST_P(StoreTest, HiddenItemsAreShownAgain) {
  Store store = open();
  EXPECT_TRUE(store.hide_item("b"));
  EXPECT_TRUE(store.hide_item("a"));
  EXPECT_TRUE(store.hide_item("a"));
  EXPECT_EQ(*store.hidden_items(), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(store.show_item("a"));
  EXPECT_EQ(*store.hidden_items(), std::vector<std::string>{"b"});
}

TEST_P(StoreTest, AnItemIsDescribedAndHiddenInOneStep) {
  Store store = open();
  const std::vector<Entity> both = {{"item", "a", "{}", 1, true}, {"item", "b", "{}", 1, false}};
  ASSERT_TRUE(store.put(both));
  EXPECT_EQ(*store.hidden_items(), std::vector<std::string>{"a"});
  const int64_t before = *store.last_change();
  const std::vector<Entity> described = {{"item", "a", R"({"cells":{}})", 2}};
  ASSERT_TRUE(store.put(described));
  EXPECT_EQ(*store.hidden_items(), std::vector<std::string>{"a"}) << "nothing was said of hiding";
  EXPECT_EQ(*store.last_change(), before + 1);
  const std::vector<Entity> hidden_again = {{"item", "a", "{}", 3, true}};
  ASSERT_TRUE(store.put(hidden_again));
  EXPECT_EQ(*store.last_change(), before + 2) << "it was hidden already";
  const std::vector<Entity> shown = {{"item", "a", "{}", 4, false}};
  ASSERT_TRUE(store.put(shown));
  EXPECT_TRUE(store.hidden_items()->empty());
}

TEST_P(StoreTest, ServersThatShareAStoreSeeEachOthersEvents) {
  if (!open().is_shared()) {
    EXPECT_STREQ(GetParam(), "sqlite");  // an SQLite file belongs to one server
    return;
  }
  std::atomic<int> one_seen = 0, other_seen = 0, changes = 0;
  CommitQueue one(open(), [&](const LiveEvent&) { ++one_seen; });
  CommitQueue other(
      open(), [&](const LiveEvent&) { ++other_seen; },
      [&](Store&, const std::optional<std::vector<Change>>& seen) {
        changes += seen ? static_cast<int>(seen->size()) : 100;
        return ok();
      });
  constexpr int kEach = 100;
  for (int i = 0; i < kEach; ++i) {
    for (CommitQueue* const queue : {&one, &other}) {
      EXPECT_TRUE(queue->enqueue({{.user = "u", .item = std::to_string(i)}},
                                 [](const Result<std::vector<Appended>>& done) { EXPECT_TRUE(done); }));
    }
  }
  EXPECT_TRUE(one.run_between_commits([](Store& store) { EXPECT_TRUE(store.hide_item("x")); }));
  for (int i = 0; i < 100 && (one_seen < 2 * kEach || other_seen < 2 * kEach || changes == 0); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(one_seen, 2 * kEach);
  EXPECT_EQ(other_seen, 2 * kEach);
  EXPECT_EQ(changes, 1);
}

}  // namespace
}  // namespace haina
