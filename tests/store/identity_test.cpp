// What a store is: numbers that are given once, a UUID, remembered snapshots, and tables of earlier releases.
#include <gtest/gtest.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "store/store.h"
#include "store_fixture.h"

namespace haina {
namespace {

class StoreIdentity : public StoreTest {
 protected:
  bool sqlite() const { return url_.starts_with("sqlite"); }
  // A session beside the store's own.
  soci::session raw() const {
    return sqlite() ? soci::session(*soci::factory_sqlite3(), url_.substr(9))
                    : soci::session(*soci::factory_postgresql(), url_);
  }
  static void append(Store& store, const std::string& user, int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(store.append({{{.user = user, .item = std::to_string(i), .action = "view"}}}));
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, StoreIdentity, testing::Values("sqlite", "postgresql"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(StoreIdentity, NumbersOfForgottenEventsAreNotGivenAgain) {
  {
    Store store = open();
    append(store, "stays", 4);
    append(store, "goes", 3);
    ASSERT_EQ(*store.last_number(), 7);
    ASSERT_TRUE(store.forget_user("goes"));
  }
  Store store = open();
  append(store, "stays", 2);
  EXPECT_EQ(*store.last_number(), 9);
  ASSERT_TRUE(store.forget_user("stays"));
  append(store, "new", 1);
  EXPECT_EQ(*store.last_number(), 10) << "also where no event is left";
}

TEST_P(StoreIdentity, TheUuidIsTheStoresOwnAndStays) {
  const std::string uuid = *open().uuid();
  EXPECT_EQ(uuid.size(), 32U);
  EXPECT_EQ(*open().uuid(), uuid);
  const auto other = Store::open("sqlite://" + (folder_ / "other.db").string());
  ASSERT_TRUE(other);
  EXPECT_NE(*const_cast<Store&>(*other).uuid(), uuid);
}

TEST_P(StoreIdentity, ASnapshotIsKnownToTheStoreThatLivedThroughIt) {
  Store store = open();
  append(store, "u", 3);
  const auto moment = store.snapshot();
  ASSERT_TRUE(moment) << to_text(moment.error());
  EXPECT_EQ(moment->number, 3);
  EXPECT_EQ(moment->store, *store.uuid());
  append(store, "u", 2);
  EXPECT_TRUE(*open().has_snapshot(*moment));
  EXPECT_EQ(store.snapshot()->number, 5);
  StoreMoment wrong = *moment;
  wrong.number = 4;
  EXPECT_FALSE(*store.has_snapshot(wrong));
  auto other = Store::open("sqlite://" + (folder_ / "other.db").string());
  ASSERT_TRUE(other);
  EXPECT_FALSE(*other->has_snapshot(*moment));
}

// A copy of one file stands for backups of both kinds.
class StoreBackup : public StoreIdentity {};
INSTANTIATE_TEST_SUITE_P(Backends, StoreBackup, testing::Values("sqlite"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(StoreBackup, FromBeforeTheSnapshotDoesNotKnowIt) {
  const fs::path file = url_.substr(9), backup = folder_ / "backup.db";
  {
    Store store = open();
    append(store, "u", 3);
  }
  fs::copy_file(file, backup);
  StoreMoment moment;
  {
    Store store = open();
    append(store, "lost", 2);
    moment = *store.snapshot();
  }
  fs::copy_file(backup, file, fs::copy_options::overwrite_existing);
  Store restored = open();
  EXPECT_EQ(*restored.uuid(), moment.store);
  append(restored, "again", 5);  // so that its numbers pass the snapshot's
  EXPECT_GT(*restored.last_number(), moment.number);
  EXPECT_FALSE(*restored.has_snapshot(moment));
}

// Events that other sessions append meanwhile are all after the snapshot's number, or all that it counts.
TEST_P(StoreIdentity, ASnapshotUnderWritesSeparatesBeforeFromAfter) {
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    Store store = open();
    while (!stop) {
      EXPECT_TRUE(store.append({{{.user = "w", .item = "a"}, {.user = "w", .item = "b"}}}));
    }
  });
  Store store = open();
  for (int i = 0; i < 20; ++i) {
    const auto moment = store.snapshot();
    EXPECT_TRUE(moment) << to_text(moment.error());
    if (!moment) {
      break;
    }
    const auto count = [&] {
      int64_t events = 0;
      EXPECT_TRUE(store.replay([&](const LiveEvent&) { ++events; }, 0, moment->number));
      return events;
    };
    const int64_t before = count();
    EXPECT_EQ(before % 2, 0) << "an append of two events was cut in half";
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(count(), before) << "an event came later with an earlier number";
  }
  stop = true;
  writer.join();
}

// The tables that the release before this one made, with a row in each that matters; %number as in its DDL.
void make_tables_of_version_2(soci::session& sql, bool sqlite) {
  const std::string number = sqlite ? "INTEGER PRIMARY KEY" : "BIGSERIAL PRIMARY KEY";
  const std::string real = sqlite ? "REAL" : "DOUBLE PRECISION", big = sqlite ? "INTEGER" : "BIGINT";
  sql << "CREATE TABLE events (seq " + number + R"(, id TEXT, "user" TEXT NOT NULL, item TEXT NOT NULL,)" +
             " action TEXT NOT NULL, value " + real + ", time_us " + big + " NOT NULL, context TEXT NOT NULL)";
  sql << "CREATE UNIQUE INDEX events_id ON events (id) WHERE id IS NOT NULL";
  sql << R"(CREATE INDEX events_user ON events ("user", seq))";
  sql << "CREATE TABLE keys (name TEXT PRIMARY KEY, scope TEXT NOT NULL, hash TEXT NOT NULL, tenant TEXT NOT NULL "
         "DEFAULT '')";
  sql << "CREATE TABLE hidden_items (item TEXT PRIMARY KEY)";
  sql << R"(CREATE TABLE forgotten_users ("user" TEXT PRIMARY KEY))";
  sql << "CREATE TABLE entities (kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, time_us " + big +
             " NOT NULL, PRIMARY KEY (kind, id))";
  sql << "CREATE TABLE impressions (seq " + number + R"(, list TEXT NOT NULL, "user" TEXT NOT NULL,)" +
             " model TEXT NOT NULL, items TEXT NOT NULL, time_us " + big + " NOT NULL)";
  sql << R"(CREATE INDEX impressions_user ON impressions ("user"))";
  sql << "CREATE TABLE feedback (seq " + number + R"(, list TEXT NOT NULL, "user" TEXT NOT NULL, item TEXT NOT NULL,)" +
             " kind TEXT NOT NULL, value " + real + " NOT NULL, time_us " + big + " NOT NULL)";
  sql << R"(CREATE INDEX feedback_user ON feedback ("user"))";
  if (sqlite) {
    sql << "PRAGMA user_version = 2";
  } else {
    sql << "CREATE TABLE haina_store (version INTEGER NOT NULL, changes BIGINT NOT NULL DEFAULT 0)";
    sql << "INSERT INTO haina_store (version) VALUES (2)";
  }
  sql << R"(INSERT INTO events (id, "user", item, action, value, time_us, context) VALUES ('e1', 'u', 'a', 'rate', 4.5, )"
         R"(7, '{}'), (NULL, 'u', 'b', 'view', NULL, 8, '{"k": 1}'), ('e3', 'gone', 'c', 'view', NULL, 9, '{}'))";
  sql << "DELETE FROM events WHERE id = 'e3'";
  sql << R"(INSERT INTO forgotten_users ("user") VALUES ('gone'))";
  sql << "INSERT INTO keys (name, scope, hash, tenant) VALUES ('k', 'admin', 'h', 't')";
  sql << "INSERT INTO entities (kind, id, document, time_us) VALUES ('item', 'a', '{}', 1)";
}

TEST_P(StoreIdentity, TablesOfTheReleaseBeforeAreUpgraded) {
  {
    soci::session sql = raw();
    make_tables_of_version_2(sql, sqlite());
  }
  Store store = open();
  EXPECT_EQ(store.uuid()->size(), 32U);
  std::vector<LiveEvent> events = all(store);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].id, "e1");
  EXPECT_EQ(events[0].value, 4.5);
  EXPECT_EQ(events[1].context, R"({"k": 1})");
  EXPECT_EQ(events[1].value, std::nullopt);
  EXPECT_EQ(*store.last_number(), 2);
  EXPECT_EQ(store.keys()->front().tenant, "t");
  ASSERT_TRUE(store.put({{{"item", "0", "{}", 2}}}));
  const std::vector<Entity> items = *store.entities("item");
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].id, "a") << "what was there before stays before what is added";
  EXPECT_TRUE(store.forgotten_users()->contains("gone"));
  EXPECT_EQ(store.forgotten_users()->times().size(), 1U);
  const LiveEvent late = {.user = "gone", .item = "c", .action = "view", .time_us = 9};
  EXPECT_EQ(*store.append({{late}}), std::vector<Appended>{Appended::kForgotten});
  const LiveEvent again = {.id = "e1", .user = "u", .item = "a", .action = "rate"};
  EXPECT_EQ(*store.append({{again}}), std::vector<Appended>{Appended::kKnown}) << "the index of ids is there";
  append(store, "goes", 2);
  const int64_t last = *store.last_number();
  ASSERT_TRUE(store.forget_user("goes"));
  append(store, "u", 1);
  EXPECT_EQ(*store.last_number(), last + 1);
}

// Version 5 kept the names of forgotten users.
TEST_P(StoreIdentity, NamesOfForgottenUsersBecomeHashes) {
  size_t runs = 0;
  {
    Store store = open();
    append(store, "u", 2);
    runs = store.snapshot()->runs.size();
    ASSERT_TRUE(store.add_key({.name = "k", .hash = "h", .expires_us = 9}));
  }
  {
    soci::session sql = raw();
    for (const char* const table : {"forgotten", "forgotten_events", "forgetting", "changes"}) {
      sql << std::string("DROP TABLE ") + table;
    }
    sql << R"(CREATE TABLE forgotten_users ("user" TEXT PRIMARY KEY))";
    sql << R"(INSERT INTO forgotten_users ("user") VALUES ('gone'))";
    sql << "DROP TABLE item_order";
    sql << (sqlite() ? "PRAGMA user_version = 5" : "UPDATE haina_store SET version = 5");
  }
  Store store = open();
  EXPECT_TRUE(store.forgotten_users()->contains("gone"));
  EXPECT_EQ(all(store).size(), 2U);
  EXPECT_EQ(store.keys()->front().expires_us, 9);
  EXPECT_EQ(store.snapshot()->runs.size(), runs) << "the store goes on as the same one";
  EXPECT_EQ(*store.last_change(), 0);
  int tables = 1;
  soci::session sql = raw();
  sql << (sqlite() ? "SELECT count(*) FROM sqlite_master WHERE name = 'forgotten_users'"
                   : "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND "
                     "table_name = 'forgotten_users'"),
      soci::into(tables);
  EXPECT_EQ(tables, 0);
}

// An upgrade that cannot end leaves the tables as they were.
TEST_P(StoreIdentity, AnUpgradeIsWholeOrNotAtAll) {
  {
    soci::session sql = raw();
    make_tables_of_version_2(sql, sqlite());
    sql << "CREATE TABLE identity (something_else INTEGER)";  // which the upgrade stumbles over at its end
  }
  const auto failed = Store::open(url_);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  soci::session sql = raw();
  int version = 0, events = 0;
  sql << (sqlite() ? "PRAGMA user_version" : "SELECT version FROM haina_store"), soci::into(version);
  sql << "SELECT count(*) FROM events", soci::into(events);
  EXPECT_EQ(version, 2);
  EXPECT_EQ(events, 2);
  sql << "DROP TABLE identity";
  Store store = open();
  EXPECT_EQ(all(store).size(), 2U);
}

TEST_P(StoreIdentity, ANewerStoreIsRefusedInWords) {
  open();
  {
    soci::session sql = raw();
    sql << (sqlite() ? "PRAGMA user_version = 99" : "UPDATE haina_store SET version = 99");
  }
  const auto newer = Store::open(url_);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, ErrorCode::kBadData);
  EXPECT_NE(newer.error().what.find("newer Haina"), std::string::npos) << newer.error().what;
  EXPECT_NE(newer.error().what.find("99"), std::string::npos) << newer.error().what;
}

}  // namespace
}  // namespace haina
