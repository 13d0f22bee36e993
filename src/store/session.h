// A store's database connection; only for the files that implement Store.
#pragma once

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include "store/store.h"

namespace haina {

// PostgreSQL: an appender holds this advisory lock until its commit, so that readers see event numbers without gaps
// that are filled later.
inline constexpr int64_t kAppendLock = 0x6861696e61;

struct Store::Session {
  enum class Kind { kSqlite, kPostgres };
  Session(std::string store_url, Kind given, const std::string& connection)
      : url(std::move(store_url)),
        kind(given),
        sql(given == Kind::kSqlite ? static_cast<const soci::backend_factory&>(*soci::factory_sqlite3())
                                   : static_cast<const soci::backend_factory&>(*soci::factory_postgresql()),
            connection) {}

  void make_tables();

  std::string url;
  Kind kind;
  soci::session sql;
};

// Turns an exception of SOCI into an Error.
template <class Task>
auto Store::attempt(const Task& task) -> decltype(task()) {
  try {
    return task();
  } catch (const std::exception& error) {
    return failed(error);
  }
}

}  // namespace haina
