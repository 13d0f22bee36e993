// One hand-in that the database refuses, among many that it takes.
#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>

#include "store/commit_queue.h"
#include "store/store_url.h"
#include "temporary_postgres.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

// Text that no database compresses.
std::string noise(size_t bytes) {
  std::string text;
  for (uint32_t state = 7; text.size() < bytes;) {
    state = state * 1664525 + 1013904223;
    text += static_cast<char>('!' + (state >> 24) % 90);
  }
  return text;
}

// Enqueues 100 hand-ins, the 41st of which cannot be stored, and ends the queue.
void hand_in(Store store, const LiveEvent& bad) {
  int good = 0, refused = 0, learned = 0;
  Error error = {};
  std::atomic<bool> go = false;  // outlives the queue, which looks at it while it ends
  {
    CommitQueue queue(std::move(store), [&](const LiveEvent&) { ++learned; });
    EXPECT_TRUE(queue.run_between_commits([&](Store&) {
      while (!go) {  // so that all of them go into one transaction
        ::usleep(1000);
      }
    }));
    for (int i = 0; i < 100; ++i) {
      const LiveEvent fine = {.id = "e" + std::to_string(i), .user = "u", .item = "i", .action = "a"};
      EXPECT_TRUE(queue.enqueue({i == 41 ? bad : fine}, [&, i](const Result<std::vector<Appended>>& is_new) {
        good += is_new && is_new->front() == Appended::kNew ? 1 : 0;
        refused += !is_new && i == 41 ? 1 : 0;
        error = is_new ? error : is_new.error();
      }));
    }
    go = true;
  }
  EXPECT_EQ(good, 99);
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(learned, 99);
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument) << to_text(error);
  EXPECT_FALSE(error.hint.empty());
  EXPECT_EQ(error.what.find("VALUES"), std::string::npos) << error.what;  // nor the values of anybody
}

TEST(HandIns, OneThatTheDatabaseRefusesFailsAloneInSqlite) {
  const fs::path path = fs::temp_directory_path() / ("haina_hand_ins_" + std::to_string(::getpid()) + ".db");
  auto store = Store::open("sqlite://" + path.string());
  ASSERT_TRUE(store);
  soci::session sql(*soci::factory_sqlite3(), "dbname=" + path.string());
  sql << "CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.item = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END";
  hand_in(std::move(*store), {.id = "e41", .user = "u", .item = "bad", .action = "a"});
  struct stat state = {};
  for (const char* const end : {"", "-wal"}) {
    ASSERT_EQ(::stat((path.string() + end).c_str(), &state), 0);
    EXPECT_EQ(state.st_mode & 0777, 0600U) << end;
  }
  for (const char* const end : {"", "-wal", "-shm"}) {
    fs::remove(path.string() + end);
  }
}

TEST(HandIns, OneThatTheDatabaseRefusesFailsAloneInPostgres) {
  TemporaryPostgres server;
  if (!server.why_not().empty()) {
    GTEST_SKIP() << server.why_not();
  }
  auto store = Store::open(server.database("hand_ins"));
  ASSERT_TRUE(store) << to_text(store.error());
  hand_in(std::move(*store), {.id = noise(6000), .user = "u", .item = "i", .action = "a"});
}

TEST(StoreUrl, PasswordsAreNotShown) {
  EXPECT_EQ(without_password("postgresql://ann:secret@db/x"), "postgresql://ann:…@db/x");
  EXPECT_EQ(without_password("postgresql://ann:se@cr/et@db/x"), "postgresql://ann:…@db/x");
  EXPECT_EQ(without_password("postgresql://ann@db:5432/x"), "postgresql://ann@db:5432/x");
  EXPECT_EQ(without_password("postgresql://db:5432/x"), "postgresql://db:5432/x");
  EXPECT_EQ(without_password("postgresql://db/x?user=ann&password=secret&a=b"),
            "postgresql://db/x?user=ann&password=…&a=b");
  EXPECT_EQ(without_password("sqlite:///srv/live.db"), "sqlite:///srv/live.db");
  EXPECT_EQ(without_passwords("cannot reach \"postgresql://ann:secret@db/x\" now; password='a b' host=h"),
            "cannot reach \"postgresql://ann:…@db/x\" now; password=… host=h");
}

}  // namespace
}  // namespace haina
