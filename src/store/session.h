// A store's connection, for the files that make up Store.
#pragma once

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <string>

#include "store/store.h"

namespace haina {

// Who appends holds this lock until the commit, so that numbers are seen in their order.
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

// What SOCI throws is an Error.
template <class Task>
auto Store::attempt(const Task& task) -> decltype(task()) {
  try {
    return task();
  } catch (const std::exception& error) {
    return failed(error);
  }
}

}  // namespace haina
