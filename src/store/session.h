// A store's database connection; only for the files that implement Store.
#pragma once

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include "store/silence_limit.h"
#include "store/store.h"

namespace haina {

// PostgreSQL: an appender holds this advisory lock until its commit, so that readers see event numbers without gaps
// that are filled later.
inline constexpr int64_t kAppendLock = 0x6861696e61;

// 32 random hexadecimal digits. Throws where the system has no random bytes.
std::string new_uuid();

// How long a database server may take for one call of a Store: for what a request waits for, and for what walks a whole
// table.
inline constexpr std::chrono::seconds kShortCall{10}, kLongCall{600};

struct Store::Session {
  enum class Kind { kSqlite, kPostgres };
  Session(std::string store_url, Kind given, const std::string& connection)
      : url(std::move(store_url)),
        kind(given),
        sql(given == Kind::kSqlite ? static_cast<const soci::backend_factory&>(*soci::factory_sqlite3())
                                   : static_cast<const soci::backend_factory&>(*soci::factory_postgresql()),
            connection) {}

  // Checks whether the database is empty, ours or somebody else's; makes or upgrades its tables. kBadData for tables of
  // others or of a newer Haina.
  Status open_sqlite();
  Status open_postgres();
  // Until the end of the transaction no other session appends events.
  void lock_appends();
  // Within a transaction that holds the lock: a run begins with the next event. Runs in which no event is left end
  // here.
  void begin_run();
  int socket();  // of the connection to a database server; -1: there is none

  std::string url;
  Kind kind;
  soci::session sql;
  bool has_run = false;  // whether this session began the run that it appends to

 private:
  void make_table(const std::string& definition);
  void upgrade(int version);
  Status check(int version, int tables) const;
};

// Turns an exception of SOCI into an Error. A database server that is silent for longer than `takes` allows counts as
// one that fails, so that whoever waits for it goes on.
template <class Task>
auto Store::attempt(const Task& task, Takes takes) -> decltype(task()) {
  try {
    const SilenceLimit limit(session_->socket(), takes == Takes::kSeconds ? kShortCall : kLongCall);
    return task();
  } catch (const std::exception& error) {
    return failed(error);
  }
}

}  // namespace haina
