// What is forgotten is gone from the store, and nothing that arrives late brings it back.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/store.h"
#include "store_fixture.h"

namespace haina {
namespace {

constexpr int64_t kSecond = 1'000'000;

class Forget : public StoreTest {
 protected:
  static LiveEvent event(const std::string& user, const std::string& item, int64_t time_us,
                         const std::string& id = "") {
    return {.id = id, .user = user, .item = item, .action = "view", .value = {}, .time_us = time_us};
  }
  static Appended put(Store& store, const LiveEvent& event) {
    const auto appended = store.append({{event}});
    EXPECT_TRUE(appended) << (appended ? "" : to_text(appended.error()));
    return appended ? appended->front() : Appended::kKnown;
  }
  // Whether the bytes stand in a file of an SQLite store.
  bool on_disk(const std::string& bytes) const {
    std::string all;
    for (const char* const end : {"", "-wal"}) {
      std::ifstream file(url_.substr(9) + end, std::ios::binary);
      all.append(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return all.find(bytes) != std::string::npos;
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, Forget, testing::Values("sqlite", "postgresql"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(Forget, EventsFromBeforeAreNotStoredAndLaterOnesAre) {
  const int64_t before = now_us() - kSecond;
  {
    Store store = open();
    EXPECT_EQ(put(store, event("ann", "a", before, "e1")), Appended::kNew);
    EXPECT_EQ(put(store, event("bob", "a", before)), Appended::kNew);
    const auto gone = store.forget_user("ann");
    ASSERT_TRUE(gone) << to_text(gone.error());
    EXPECT_EQ(gone->events, 1);
    EXPECT_EQ(put(store, event("ann", "a", before)), Appended::kForgotten) << "read again from a topic";
  }
  Store store = open();  // as after a restart
  EXPECT_EQ(put(store, event("ann", "b", before)), Appended::kForgotten);
  EXPECT_EQ(put(store, event("bob", "b", before)), Appended::kNew) << "others are not concerned";
  // A retry without a time is stamped with the moment of its arrival, and is known by its id.
  EXPECT_EQ(put(store, event("ann", "a", now_us() + kSecond, "e1")), Appended::kForgotten);
  EXPECT_EQ(put(store, event("ann", "c", now_us() + kSecond, "e2")), Appended::kNew) << "the user came back";
  EXPECT_EQ(store.events_of("ann", 9)->size(), 1U);
  // Forgotten a second time: what came since goes as well.
  EXPECT_EQ(store.forget_user("ann")->events, 1);
  EXPECT_TRUE(store.events_of("ann", 9)->empty());
}

TEST_P(Forget, ManyIdsAreRefused) {
  constexpr int kEvents = 1'234;  // more than go into one statement
  Store store = open();
  std::vector<LiveEvent> events;
  for (int i = 0; i < kEvents; ++i) {
    events.push_back(event("ann", "a", i, fmt::format("e{}", i)));
  }
  ASSERT_TRUE(store.append(events));
  EXPECT_EQ(store.forget_user("ann")->events, kEvents);
  EXPECT_EQ(store.refused_ids()->size(), static_cast<size_t>(kEvents));
  for (LiveEvent& one : events) {
    one.time_us = now_us() + kSecond;  // stamped when it arrived again
  }
  const auto again = store.append(events);
  ASSERT_TRUE(again);
  EXPECT_EQ(std::ranges::count(*again, Appended::kForgotten), kEvents);
}

TEST_P(Forget, AnotherSessionKeepsLateCopiesOutToo) {
  Store one = open(), other = open();
  EXPECT_EQ(put(other, event("ann", "a", 1)), Appended::kNew);
  ASSERT_TRUE(one.forget_user("ann"));
  EXPECT_EQ(put(other, event("ann", "a", 1)), Appended::kForgotten);
  ASSERT_TRUE(other.add_impressions({{{"l1", "ann", "m", "[]", 1}}}));
  ASSERT_TRUE(other.add_feedback({{{"l1", "ann", "a", "click", 0, 1}}}));
  EXPECT_TRUE(other.impressions(9)->empty()) << "a list that was made before and written after";
  EXPECT_TRUE(other.feedback(9)->empty());
}

// The same feedback of Gorse's clients has the same id each time: it may be given again by a user who came back.
TEST_P(Forget, IdsMadeOfContentMayComeAgain) {
  Store store = open();
  const std::string id = fmt::format("{}4 read 3 ann a", kContentId);
  EXPECT_EQ(put(store, event("ann", "a", 1, id)), Appended::kNew);
  ASSERT_TRUE(store.forget_user("ann"));
  EXPECT_EQ(put(store, event("ann", "a", 1, id)), Appended::kForgotten);
  EXPECT_EQ(put(store, event("ann", "a", now_us() + kSecond, id)), Appended::kNew);
}

TEST_P(Forget, FriendsOfOthersLoseTheName) {
  Store store = open();
  ASSERT_TRUE(store.put({{{"user", "ann", R"({"friends":["bob"]})", 1},
                          {"user", "bob", R"({"cells":{"users.age":["30"]},"friends":["ann","cleo"]})", 1},
                          {"user", "cleo", R"({"friends":["annabel"]})", 1}}}));
  EXPECT_EQ(store.places_of("ann")->size(), 3U);  // a profile, its change, a list of friends
  const auto gone = store.forget_user("ann");
  ASSERT_TRUE(gone) << to_text(gone.error());
  EXPECT_EQ(gone->profiles, 1);
  EXPECT_EQ(gone->friendships, 1);
  EXPECT_EQ(store.entity("user", "bob")->value().document,
            R"({"cells":{"users.age":["30"]},"friends":["cleo"],"has_friends":true})");
  EXPECT_EQ(store.entity("user", "cleo")->value().document, R"({"friends":["annabel"]})");
  EXPECT_TRUE(store.places_of("ann")->empty());
}

TEST_P(Forget, TheTombstoneDoesNotKeepTheName) {
  Store store = open();
  const std::string name = "ann.with.a.long.name@example.org";
  EXPECT_EQ(put(store, event(name, "a", 1, "order of " + name)), Appended::kNew);
  ASSERT_TRUE(store.put({{{"user", name, "{}", 1}}}));
  const auto gone = store.forget_user(name);
  ASSERT_TRUE(gone);
  EXPECT_TRUE(store.forgotten_users()->contains(name));
  const HashedNames kept = *store.forgotten_users();
  EXPECT_EQ(kept.times().size(), 1U);
  for (const auto& [key, time_us] : kept.times()) {
    EXPECT_EQ(key.find("ann"), std::string::npos) << key;
    EXPECT_EQ(time_us, gone->time_us);
  }
  if (!store.is_shared()) {
    EXPECT_TRUE(gone->overwritten);
    EXPECT_FALSE(on_disk("ann.with"));
  }
}

// A backup is restored that is older than the forgetting.
TEST_P(Forget, WhatAnotherStoreForgotGoesHereToo) {
  Store store = open();
  EXPECT_EQ(put(store, event("ann", "a", 1, "e1")), Appended::kNew);
  EXPECT_EQ(put(store, event("bob", "a", 1)), Appended::kNew);
  ASSERT_TRUE(store.put({{{"user", "bob", R"({"friends":["ann"]})", 1}}}));
  ASSERT_TRUE(store.write_copy((folder_ / "copy.db").string()));
  const auto gone = store.forget_user("ann");
  ASSERT_TRUE(gone && store.forget_user("nobody"));
  Store copy = *Store::open("sqlite://" + (folder_ / "copy.db").string());
  EXPECT_EQ(copy.events_of("ann", 9)->size(), 1U);
  const Status forgotten = copy.forget_all(*store.forgotten_users(), *store.refused_ids());
  ASSERT_TRUE(forgotten) << to_text(forgotten.error());
  EXPECT_TRUE(copy.places_of("ann")->empty());
  EXPECT_EQ(copy.events_of("bob", 9)->size(), 1U);
  EXPECT_EQ(copy.forgotten_users()->times(), store.forgotten_users()->times()) << "as of the same times";
  EXPECT_EQ(put(copy, event("ann", "a", gone->time_us)), Appended::kForgotten);
  EXPECT_EQ(put(copy, event("ann", "a", now_us() + kSecond, "e1")), Appended::kForgotten) << "a retry";
  EXPECT_EQ(put(copy, event("ann", "a", gone->time_us + 1)), Appended::kNew) << "the user came back before the restore";
}

// A reader keeps the write-ahead log alive: that is said at once, and done when the reader has ended.
TEST_P(Forget, AReaderOfTheFileIsWaitedForLaterAndNotNow) {
  Store store = open();
  EXPECT_EQ(put(store, event("ann-with-a-name", "a", 1)), Appended::kNew);
  if (store.is_shared()) {
    EXPECT_FALSE(store.forget_user("ann-with-a-name")->overwritten) << "a vacuum is not waited for";
    EXPECT_TRUE(*store.has_deleted_left());
    EXPECT_TRUE(*store.overwrite_deleted());
    EXPECT_FALSE(*store.has_deleted_left());
    return;
  }
  {
    soci::session reader(*soci::factory_sqlite3(), "dbname=" + url_.substr(9));
    int rows = 0;
    reader.begin();
    reader << "SELECT count(*) FROM events", soci::into(rows);
    ASSERT_EQ(rows, 1);
    const auto begin = std::chrono::steady_clock::now();
    const auto gone = store.forget_user("ann-with-a-name");
    ASSERT_TRUE(gone) << to_text(gone.error());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
    EXPECT_FALSE(gone->overwritten);
    EXPECT_TRUE(on_disk("ann-with-a-name"));
    EXPECT_TRUE(*store.has_deleted_left());
    EXPECT_FALSE(*store.overwrite_deleted());
    reader.rollback();
  }
  Store later = open();  // also after a restart
  EXPECT_TRUE(*later.has_deleted_left());
  EXPECT_TRUE(*later.overwrite_deleted());
  EXPECT_FALSE(*later.has_deleted_left());
  EXPECT_FALSE(on_disk("ann-with-a-name"));
}

TEST_P(Forget, ChangesOfOthersComeInOrderAndNameNobodyWhoIsForgotten) {
  Store one = open(), other = open();
  int64_t last = *other.last_change();
  ASSERT_TRUE(one.put({{{"item", "a", "{}", 1}, {"user", "ann", "{}", 1}}}));
  ASSERT_TRUE(one.put({{{"item", "a", "{}", 2}, {"rule", "r", "{}", 1}}}));
  ASSERT_TRUE(one.hide_item("b"));
  ASSERT_TRUE(one.drop("rule", "r"));
  ASSERT_TRUE(other.hide_item("own"));
  EXPECT_EQ(put(one, event("bob", "a", 1)), Appended::kNew);
  EXPECT_EQ(*one.drop_events("bob", "a", ""), 1);
  EXPECT_EQ(*one.drop_events("bob", "a", ""), 0);
  const auto kinds = [&] {
    std::vector<std::string> found;
    const auto changes = other.changes_of_others(last, last);
    EXPECT_TRUE(changes && *changes);
    for (const Change& change : **changes) {
      found.push_back(change.kind + " " + change.id);
    }
    return found;
  };
  EXPECT_EQ(kinds(), (std::vector<std::string>{"item a", "user ann", "rule r", "hidden b", "events bob"}));
  EXPECT_TRUE(kinds().empty());
  ASSERT_TRUE(one.put({{{"user", "ann", "{}", 3}}}));
  ASSERT_TRUE(one.forget_user("ann"));
  const std::vector<std::string> after = kinds();
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0], "forget " + HashedNames::key_of(one.salt(), "ann"));
  // A log of another course, as after a backup was restored: everything may have changed.
  int64_t ahead = last + 1000;
  const auto unknown = other.changes_of_others(ahead, ahead);
  ASSERT_TRUE(unknown);
  EXPECT_FALSE(unknown->has_value());
  EXPECT_EQ(ahead, *one.last_change());
}

}  // namespace
}  // namespace haina
