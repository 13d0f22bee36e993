// A store's tables: made, or brought up from the layout of an earlier release, in one transaction.
#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/sha256.h"
#include "store/session.h"

namespace haina {
namespace {

// Of the layout; raised with every change of it, which adds a step to Store::Session::upgrade.
// 2: keys have tenants. 3: numbers of events are never given twice, a UUID, snapshots. 5: runs; keys expire and rotate.
// 6: forgotten users are hashes with times, a log of changes. 7: the order in which items were added.
constexpr int kVersion = 7;

// %number stands for the type of a row-number column that gives no number twice, %real for a double, %big for a 64-bit
// integer.
constexpr const char* kEvents =
    R"(CREATE TABLE IF NOT EXISTS events (seq %number, id TEXT, "user" TEXT NOT NULL, item TEXT NOT NULL,
       action TEXT NOT NULL, value %real, time_us %big NOT NULL, context TEXT NOT NULL))";
constexpr const char* kTables[] = {
    kEvents, "CREATE UNIQUE INDEX IF NOT EXISTS events_id ON events (id) WHERE id IS NOT NULL",
    R"(CREATE INDEX IF NOT EXISTS events_user ON events ("user", seq))",
    "CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, scope TEXT NOT NULL, hash TEXT NOT NULL, tenant TEXT NOT "
    "NULL DEFAULT '', created_us %big NOT NULL DEFAULT 0, expires_us %big NOT NULL DEFAULT 0, used_day %big NOT NULL "
    "DEFAULT 0, old_hash TEXT NOT NULL DEFAULT '', old_until_us %big NOT NULL DEFAULT 0)",
    "CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, first %big NOT NULL)",
    "CREATE TABLE IF NOT EXISTS hidden_items (item TEXT PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS forgotten (hash TEXT PRIMARY KEY, time_us %big NOT NULL)",
    "CREATE TABLE IF NOT EXISTS forgotten_events (hash TEXT PRIMARY KEY)",
    // One row: the salt of the hashes, how often somebody was forgotten, and up to which of these the files are clean.
    "CREATE TABLE IF NOT EXISTS forgetting (salt TEXT NOT NULL, forgets %big NOT NULL, overwritten %big NOT NULL)",
    "CREATE TABLE IF NOT EXISTS changes (seq %number, kind TEXT NOT NULL, id TEXT NOT NULL, origin TEXT NOT NULL)",
    R"(CREATE TABLE IF NOT EXISTS entities (kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL,
       time_us %big NOT NULL, PRIMARY KEY (kind, id)))",
    // Also of items that were deleted since: one that comes back takes its old place, as it does in a running server.
    "CREATE TABLE IF NOT EXISTS item_order (id TEXT PRIMARY KEY, number %big NOT NULL)",
    "CREATE INDEX IF NOT EXISTS item_order_number ON item_order (number)",
    R"(CREATE TABLE IF NOT EXISTS impressions (seq %number, list TEXT NOT NULL, "user" TEXT NOT NULL,
       model TEXT NOT NULL, items TEXT NOT NULL, time_us %big NOT NULL))",
    R"(CREATE INDEX IF NOT EXISTS impressions_user ON impressions ("user"))",
    R"(CREATE TABLE IF NOT EXISTS feedback (seq %number, list TEXT NOT NULL, "user" TEXT NOT NULL,
       item TEXT NOT NULL, kind TEXT NOT NULL, value %real NOT NULL, time_us %big NOT NULL))",
    R"(CREATE INDEX IF NOT EXISTS feedback_user ON feedback ("user"))",
    "CREATE TABLE IF NOT EXISTS identity (uuid TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS snapshots (id TEXT PRIMARY KEY, number %big NOT NULL, time_us %big NOT NULL)"};

constexpr int kMostTries = 8000;  // of a millisecond

// SQLite's own waiting sleeps for up to 100 ms at a time, and would find the lock free about never beside a server that
// commits without pause. Tries about every millisecond, for about 10 seconds.
int wait_for_lock(void* most_tries, int tries) {
  std::this_thread::sleep_for(std::chrono::microseconds(700 + tries * 7919 % 600));
  return tries < *static_cast<const int*>(most_tries) ? 1 : 0;
}

void set_patience(soci::session& sql, const int& most_tries) {
  auto* const backend = static_cast<soci::sqlite3_session_backend*>(sql.get_backend());
  sqlite_api::sqlite3_busy_handler(backend->conn_, wait_for_lock, const_cast<int*>(&most_tries));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace

std::string new_uuid() {
  std::array<unsigned char, 16> bytes = {};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("the system has no random bytes");
  }
  return to_hex(bytes);
}

void Store::Session::make_table(const std::string& definition) {
  const bool sqlite = kind == Kind::kSqlite;
  std::string text =
      replaced(definition, "%number", sqlite ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "BIGSERIAL PRIMARY KEY");
  text = replaced(text, "%real", sqlite ? "REAL" : "DOUBLE PRECISION");
  sql << replaced(text, "%big", sqlite ? "INTEGER" : "BIGINT");
}

// version: of the layout that the database has; 0 where it is empty.
void Store::Session::upgrade(int version) {
  const bool sqlite = kind == Kind::kSqlite;
  if (version > 0) {
    log(LogLevel::kInfo, fmt::format("{}: tables of version {} become version {}", url, version, kVersion));
  }
  if (version == 1) {
    sql << fmt::format("ALTER TABLE keys ADD COLUMN {} tenant TEXT NOT NULL DEFAULT ''", sqlite ? "" : "IF NOT EXISTS");
  }
  if (version > 0 && version < 3 && sqlite) {  // a column cannot become AUTOINCREMENT: the table is written again
    sql << "DROP INDEX IF EXISTS events_id";
    sql << "DROP INDEX IF EXISTS events_user";
    sql << "ALTER TABLE events RENAME TO events_before";
    make_table(kEvents);
    sql << "INSERT INTO events SELECT * FROM events_before ORDER BY seq";
    sql << "DROP TABLE events_before";
  }
  if (version > 0 && version < 5) {
    for (const char* const column : {"created_us %big NOT NULL DEFAULT 0", "expires_us %big NOT NULL DEFAULT 0",
                                     "used_day %big NOT NULL DEFAULT 0", "old_hash TEXT NOT NULL DEFAULT ''",
                                     "old_until_us %big NOT NULL DEFAULT 0"}) {
      make_table(fmt::format("ALTER TABLE keys ADD COLUMN {} {}", sqlite ? "" : "IF NOT EXISTS", column));
    }
  }
  for (const char* const table : kTables) {
    make_table(table);
  }
  int identities = 0;
  sql << "SELECT count(*) FROM identity", soci::into(identities);
  if (identities == 0) {
    const std::string uuid = new_uuid();
    sql << "INSERT INTO identity (uuid) VALUES (:uuid)", soci::use(uuid);
  }
  if (version < 5) {  // what is there already is a run, so that copies made from here on share it
    const std::string run = new_uuid();
    sql << "INSERT INTO runs (id, first) VALUES (:id, 1)", soci::use(run);
  }
  if (version > 0 && version < 7) {  // those of before stay in the order of their ids
    sql << "INSERT INTO item_order (id, number) SELECT id, 0 FROM entities WHERE kind = 'item'";
  }
  make_salt();
  if (version > 0 && version < 6) {
    hash_forgotten_names();
  }
}

void Store::Session::make_salt() {
  int salts = 0;
  sql << "SELECT count(*) FROM forgetting", soci::into(salts);
  if (salts == 0) {
    const std::string made = new_uuid();
    sql << "INSERT INTO forgetting (salt, forgets, overwritten) VALUES (:salt, 0, 0)", soci::use(made);
  }
}

// Earlier releases kept the names, without times: what is stored now came after the forgetting.
void Store::Session::hash_forgotten_names() {
  std::string own_salt, name;
  sql << "SELECT salt FROM forgetting", soci::into(own_salt);
  std::vector<std::string> hashes;
  make_table(R"(CREATE TABLE IF NOT EXISTS forgotten_users ("user" TEXT PRIMARY KEY))");
  {
    soci::statement select = (sql.prepare << R"(SELECT "user" FROM forgotten_users)", soci::into(name));
    select.execute();
    while (select.fetch()) {
      hashes.push_back(HashedNames::key_of(own_salt, name));
    }
  }
  const long long time_us = now_us();
  for (const std::string& hash : hashes) {
    sql << "INSERT INTO forgotten (hash, time_us) VALUES (:hash, :time)", soci::use(hash), soci::use(time_us);
  }
  if (!hashes.empty()) {
    sql << "UPDATE forgetting SET forgets = 1";
  }
  sql << "DROP TABLE forgotten_users";
}

Status Store::Session::check(int version, int tables) const {
  if (version > kVersion) {
    return fail({ErrorCode::kBadData,
                 fmt::format("the store was written by a newer Haina: its tables are of version {}, this program knows "
                             "version {}",
                             version, kVersion),
                 url, "run that version of Haina"});
  }
  if (version == 0 && tables > 0) {
    return fail({ErrorCode::kBadData, "the database holds other tables", url, "name another database"});
  }
  return ok();
}

Status Store::Session::open_sqlite() {
  set_patience(sql, kMostTries);
  int version = 0, tables = 0;
  const auto look = [&]() -> Status {
    sql << "PRAGMA user_version", soci::into(version);
    sql << "SELECT count(*) FROM sqlite_master", soci::into(tables);
    return check(version, tables);
  };
  HAINA_OK(look());
  std::string mode;
  sql << "PRAGMA journal_mode = WAL", soci::into(mode);
  sql << "PRAGMA synchronous = FULL";
  sql << "PRAGMA secure_delete = ON";  // overwrites deleted rows
  if (version == kVersion) {
    sql << "SELECT salt FROM forgetting", soci::into(salt);
    return ok();
  }
  sql << "BEGIN IMMEDIATE";  // other processes wait, then see the tables as they are afterwards
  try {
    if (const Status looked = look(); !looked) {
      sql << "ROLLBACK";
      return looked;
    }
    if (version < kVersion) {
      upgrade(version);
      sql << fmt::format("PRAGMA user_version = {}", kVersion);
    }
    sql << "SELECT salt FROM forgetting", soci::into(salt);
    sql << "COMMIT";
  } catch (const std::exception&) {
    sql << "ROLLBACK";
    throw;
  }
  return ok();
}

Status Store::Session::open_postgres() {
  int version = 0, tables = 0, ours = 0;
  soci::transaction transaction(sql);
  sql << "SET LOCAL client_min_messages = warning";
  lock_appends();
  sql << "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()", soci::into(tables);
  sql << "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = "
         "'haina_store'",
      soci::into(ours);
  if (ours > 0) {
    sql << "SELECT version FROM haina_store", soci::into(version);
  }
  HAINA_OK(check(version, tables));
  if (version < kVersion) {
    upgrade(version);
    if (ours == 0) {
      sql << "CREATE TABLE haina_store (version INTEGER NOT NULL)";
      sql << "INSERT INTO haina_store (version) VALUES (:version)", soci::use(kVersion);
    } else {
      sql << "UPDATE haina_store SET version = :version", soci::use(kVersion);
    }
  }
  sql << "SELECT salt FROM forgetting", soci::into(salt);
  transaction.commit();
  return ok();
}

int Store::Session::socket() {
  if (kind == Kind::kSqlite) {
    return -1;
  }
  const auto* const backend = static_cast<soci::postgresql_session_backend*>(sql.get_backend());
  return backend == nullptr || backend->conn_ == nullptr ? -1 : PQsocket(backend->conn_);
}

void Store::Session::lock_appends() {
  if (kind == Kind::kPostgres) {
    long long key = kAppendLock;
    int locked = 0;
    sql << "SELECT 1 FROM (SELECT pg_advisory_xact_lock(:key)) AS locked", soci::use(key), soci::into(locked);
  }
}

bool Store::Session::empty_log() {
  static constexpr int kFewTries = 200;
  set_patience(sql, kFewTries);
  int busy = 1;
  try {
    sql << "PRAGMA wal_checkpoint(TRUNCATE)", soci::into(busy);
  } catch (const std::exception&) {
    set_patience(sql, kMostTries);
    throw;
  }
  set_patience(sql, kMostTries);
  return busy == 0;
}

// SQLite: a transaction that reads first and then writes fails where another one has written in between, so it locks at
// once.
Store::Session::Write::Write(Session& session) : session_(session) {
  if (session_.kind == Kind::kSqlite) {
    session_.sql << "BEGIN IMMEDIATE";
    return;
  }
  session_.sql.begin();
  try {
    session_.lock_appends();
  } catch (const std::exception&) {
    session_.sql.rollback();
    throw;
  }
}

Store::Session::Write::~Write() {
  if (open_) {
    try {
      session_.sql.rollback();
    } catch (const std::exception&) {  // the connection is gone, and the transaction with it
    }
  }
}

void Store::Session::Write::commit() {
  try {
    session_.sql.commit();
  } catch (const std::exception&) {  // whether it happened is unknown: if so, its changes are learned like others'
    session_.origin = new_uuid();
    throw;
  }
  open_ = false;
}

}  // namespace haina
