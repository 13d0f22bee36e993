// A store copied while others write to it, and put into a database of either kind; what time removes from it.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "store/store.h"
#include "store_fixture.h"

namespace haina {
namespace {

class StoreCopy : public StoreTest {
 protected:
  static std::string sqlite(const fs::path& path) { return "sqlite://" + path.string(); }
  fs::path copy_path(const std::string& name = "copy.db") const { return folder_ / name; }
  static Store open_at(const std::string& url) {
    auto store = Store::open(url);
    EXPECT_TRUE(store) << (store ? "" : to_text(store.error()));
    return std::move(*store);
  }
  // Something in every table.
  static void fill(Store& store) {
    ASSERT_TRUE(
        store.append({{{.id = "e1", .user = "ünal", .item = "a'b", .action = "rate", .value = 0.1, .time_us = 7},
                       {.user = "u", .item = "b", .action = "view", .time_us = 8, .context = R"({"k": 1})"},
                       {.id = "e3", .user = "gone", .item = "b", .time_us = 9}}}));
    ASSERT_TRUE(store.put({{{"item", "a", R"({"title": "A"})", 1}, {"user", "u", "{}", 2}, {"rule", "r", "{}", 3}}}));
    ASSERT_TRUE(store.hide_item("b"));
    ASSERT_TRUE(store.add_key(
        {.name = "k", .scope = Scope::kAdmin, .hash = "h", .tenant = "t", .created_us = 4, .expires_us = 5}));
    ASSERT_TRUE(store.add_impressions({{{"l1", "u", "m", R"(["a"])", 10}}}));
    ASSERT_TRUE(store.add_feedback({{{"l1", "u", "a", "dwell", 2.5, 11}}}));
    ASSERT_TRUE(store.forget_user("gone"));  // whose event had the highest number
  }
  static void expect_equal(Store& one, Store& other) {
    const std::vector<LiveEvent> events = all(one), events_there = all(other);
    ASSERT_EQ(events.size(), events_there.size());
    for (size_t i = 0; i < events.size(); ++i) {
      EXPECT_EQ(events[i].id, events_there[i].id);
      EXPECT_EQ(events[i].user, events_there[i].user);
      EXPECT_EQ(events[i].item, events_there[i].item);
      EXPECT_EQ(events[i].value, events_there[i].value) << "exactly";
      EXPECT_EQ(events[i].context, events_there[i].context);
    }
    for (const char* const kind : {"item", "user", "rule", "service"}) {
      ASSERT_EQ(one.entities(kind)->size(), other.entities(kind)->size()) << kind;
      for (size_t i = 0; i < one.entities(kind)->size(); ++i) {
        EXPECT_EQ(one.entities(kind)->at(i).document, other.entities(kind)->at(i).document);
      }
    }
    EXPECT_EQ(*one.hidden_items(), *other.hidden_items());
    EXPECT_EQ(one.forgotten_users()->times(), other.forgotten_users()->times());
    EXPECT_EQ(one.salt(), other.salt());
    EXPECT_EQ(*one.refused_ids(), *other.refused_ids());
    EXPECT_EQ(*one.last_change(), *other.last_change());
    ASSERT_EQ(one.keys()->size(), other.keys()->size());
    EXPECT_EQ(one.keys()->front().hash, other.keys()->front().hash);
    EXPECT_EQ(one.keys()->front().expires_us, other.keys()->front().expires_us);
    EXPECT_EQ(one.impressions(9)->front().items, other.impressions(9)->front().items);
    EXPECT_EQ(one.feedback(9)->front().value, other.feedback(9)->front().value);
    EXPECT_EQ(*one.uuid(), *other.uuid());
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, StoreCopy, testing::Values("sqlite", "postgresql"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(StoreCopy, HoldsEverythingAndGivesNoNumberAgain) {
  Store store = open();
  fill(store);
  ASSERT_TRUE(store.write_copy(copy_path().string()));
  Store copy = open_at(sqlite(copy_path()));
  expect_equal(store, copy);
  ASSERT_TRUE(copy.append({{{.user = "u", .item = "c"}}}));
  EXPECT_EQ(*copy.last_number(), 4) << "3 was the forgotten user's";
  EXPECT_FALSE(store.write_copy(copy_path().string())) << "it is there already";
}

TEST_P(StoreCopy, MovesToTheOtherKindAndBack) {
  const std::string source = sqlite(folder_ / "source.db");
  Store first = open_at(source);
  fill(first);
  const StoreMoment trained = *first.snapshot();
  ASSERT_TRUE(first.write_copy(copy_path().string()));
  Store moved = open();
  EXPECT_TRUE(*moved.is_empty());
  ASSERT_TRUE(moved.append({{{.id = "before", .user = "u", .item = "x"}}}));
  EXPECT_FALSE(*moved.is_empty());
  ASSERT_TRUE(moved.fill_from(copy_path().string()));
  expect_equal(first, moved);
  EXPECT_EQ(*moved.append({{{.id = "e1", .user = "u", .item = "c"}, {.id = "e2", .user = "u", .item = "c"}}}),
            (std::vector<Appended>{Appended::kKnown, Appended::kNew}));
  EXPECT_GE(*moved.last_number(), 4);
  EXPECT_EQ(*moved.append({{{.user = "gone", .item = "b", .time_us = 9}}}), std::vector<Appended>{Appended::kForgotten})
      << "what was forgotten does not come back by a move";
  EXPECT_EQ(moved.same_until(trained)->value_or(-1), 2) << "all that the training read: 3 is gone";
  ASSERT_TRUE(moved.write_copy(copy_path("back.db").string()));
  Store back = open_at(sqlite(copy_path("back.db")));
  EXPECT_EQ(all(back).size(), 3U);
  EXPECT_EQ(*back.uuid(), *first.uuid());
}

TEST_P(StoreCopy, AFailedFillChangesNothing) {
  Store store = open();
  fill(store);
  const auto before = all(store).size();
  ASSERT_FALSE(store.fill_from((folder_ / "no" / "such.db").string()));
  EXPECT_EQ(all(store).size(), before);
}

// Pairs that are appended together are both in the copy or neither, and what is there is a beginning of the whole.
TEST_P(StoreCopy, IsOfOneMomentWhileOthersWrite) {
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    Store store = open();
    for (int i = 0; !stop; ++i) {
      const std::string n = std::to_string(i);
      EXPECT_TRUE(store.append({{{.id = "a" + n, .user = "w", .item = n}, {.id = "b" + n, .user = "w", .item = n}}}));
    }
  });
  Store store = open();
  for (int round = 0; round < 5; ++round) {
    const fs::path path = copy_path(std::to_string(round));
    const Status written = store.write_copy(path.string());
    EXPECT_TRUE(written) << to_text(written.error());
    if (!written) {
      break;
    }
    Store copy = open_at(sqlite(path));
    const std::vector<LiveEvent> events = all(copy);
    EXPECT_EQ(events.size() % 2, 0U);
    for (size_t i = 0; i < events.size(); ++i) {
      EXPECT_EQ(events[i].id, (i % 2 == 0 ? "a" : "b") + std::to_string(i / 2));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  stop = true;
  writer.join();
}

TEST_P(StoreCopy, OldEventsGoInBoundedSteps) {
  Store store = open();
  for (int i = 0; i < 50; ++i) {  // every fifth is old
    ASSERT_TRUE(store.append({{{.user = "u", .item = std::to_string(i), .time_us = i % 5 == 0 ? 10 : 1000}}}));
  }
  int64_t after = 0, rows = 0;
  int steps = 0;
  for (bool last = false; !last; ++steps) {
    const auto dropped = store.drop_old_events(1000, after, 20);
    ASSERT_TRUE(dropped) << to_text(dropped.error());
    EXPECT_LE(dropped->rows, 20);
    rows += dropped->rows;
    last = dropped->last == after;
    after = dropped->last;
  }
  EXPECT_EQ(rows, 10);
  EXPECT_EQ(steps, 4) << "of 20 rows each, and one that finds the end";
  EXPECT_EQ(all(store).size(), 40U);
}

TEST_P(StoreCopy, OldListsGoByAgeAndByNumber) {
  Store store = open();
  for (int i = 0; i < 30; ++i) {
    const std::string list = "l" + std::to_string(i);
    ASSERT_TRUE(store.add_impressions({{{list, "u", "m", "[]", 100 + i}}}));
    ASSERT_TRUE(store.add_feedback({{{list, "u", "a", "click", 1, 100 + i}}}));
  }
  const auto drop_all = [&](int64_t before, int64_t newest) {
    int64_t rows = 0;
    for (int64_t step = 1; step > 0; rows += step) {
      step = store.drop_old_lists(before, newest, 4).value_or(-1);
      EXPECT_LE(step, 8);
    }
    return rows;
  };
  EXPECT_EQ(drop_all(110, 1000), 20) << "ten of each are older";
  EXPECT_EQ(store.impressions(99)->front().list, "l10");
  EXPECT_EQ(drop_all(0, 5), 30) << "fifteen of each are beyond the five newest";
  EXPECT_EQ(store.impressions(99)->size(), 5U);
  EXPECT_EQ(store.feedback(99)->front().list, "l25");
  EXPECT_EQ(drop_all(0, 5), 0);
}

TEST_P(StoreCopy, ManyListsComeBackInTheirOrder) {
  Store store = open();
  std::vector<Impression> lists;
  for (int i = 0; i < 2500; ++i) {
    lists.push_back({"l" + std::to_string(i), "u", "m", "[]", i});
  }
  ASSERT_TRUE(store.add_impressions(lists));
  const auto newest = store.impressions(2100);
  ASSERT_EQ(newest->size(), 2100U);
  EXPECT_EQ(newest->front().list, "l400");
  EXPECT_EQ(newest->back().list, "l2499");
}

TEST_P(StoreCopy, KeysRotateAndRememberTheirLastDay) {
  Store store = open();
  ASSERT_TRUE(store.add_key({.name = "k", .hash = "first", .created_us = 3, .expires_us = 9}));
  ASSERT_TRUE(store.rotate_key("k", "second", 77));
  ASSERT_TRUE(store.note_key_use("k", 20'000));
  ASSERT_TRUE(store.note_key_use("k", 19'000)) << "an earlier day changes nothing";
  const ApiKey key = store.keys()->front();
  EXPECT_EQ(key.hash, "second");
  EXPECT_EQ(key.old_hash, "first");
  EXPECT_EQ(key.old_until_us, 77);
  EXPECT_EQ(key.used_day, 20'000);
  EXPECT_EQ(key.created_us, 3);
  EXPECT_EQ(key.expires_us, 9);
  EXPECT_EQ(store.rotate_key("nobody", "x", 1).error().code, ErrorCode::kNotFound);
}

TEST(Expiry, ReadsAgesAndDates) {
  constexpr int64_t kNow = 1'800'000'000'000'000, kHour = 3'600'000'000;  // 2027-01-15T08:00:00Z
  EXPECT_EQ(*parse_expiry("90d", kNow, ""), kNow + 90 * 24 * kHour);
  EXPECT_EQ(*parse_expiry("12h", kNow, ""), kNow + 12 * kHour);
  EXPECT_EQ(*parse_expiry("30m", kNow, ""), kNow + kHour / 2);
  EXPECT_EQ(*parse_expiry("never", kNow, ""), 0);
  EXPECT_EQ(expiry_text(*parse_expiry("2027-02-28", kNow, "")), "2027-02-28T00:00:00Z");
  EXPECT_EQ(day_text(20'000), "2024-10-04");
  for (const char* const wrong : {"", "d", "0d", "-1d", "90", "90x", "90 d", "2027-02-29", "2027-13-01", "2020-01-01",
                                  "2027-1-31", "tomorrow", "99999999999999999999d", "36501d", "2027-02-28x"}) {
    const auto parsed = parse_expiry(wrong, kNow, "--expires");
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(parsed.error().at, "--expires");
    EXPECT_NE(parsed.error().hint.find("90d"), std::string::npos);
  }
}

}  // namespace
}  // namespace haina
