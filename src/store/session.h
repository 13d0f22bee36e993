// A store's database connection; only for the files that implement Store.
#pragma once

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
  // Until the end of the transaction no other session appends events or changes anything.
  void lock_appends();
  // Within a Write: tells other servers, see Change.
  void log_change(const char* kind, const std::string& id);
  // Within a Write: `forgotten` as the store has it now.
  void read_forgotten();
  // After read_forgotten: whether what came of the user at that time is not to be stored.
  bool is_forgotten(const std::string& user, int64_t time_us) const {
    const std::optional<int64_t> since = forgotten.empty() ? std::nullopt : forgotten.time_of(user);
    return since && time_us <= *since;
  }
  // Likewise, whether the event is of a forgotten user and from before, or sent again under an id that was deleted.
  bool is_late_copy(const LiveEvent& event);
  // Within a Write: the event ids with these hashes are not stored again.
  void refuse_ids(const std::vector<std::string>& hashes);
  // Within a Write: deletes what there is of the user, and refuses the ids of the events from then on.
  Forgotten delete_user(const std::string& user);
  // Within a Write: takes the user out of the friends of all others; returns of how many.
  int64_t drop_from_friends(const std::string& user);
  // SQLite: writes the write-ahead log back and empties it. False where a reader prevents that for 0.2 s.
  bool empty_log();

  // A transaction of the only writer; it is rolled back unless it is committed.
  class Write {
   public:
    explicit Write(Session& session);
    Write(const Write&) = delete;
    Write& operator=(const Write&) = delete;
    ~Write();
    void commit();

   private:
    Session& session_;
    bool open_ = true;
  };
  // Within a transaction that holds the lock: a run begins with the next event. Runs in which no event is left end
  // here.
  void begin_run();
  int socket();  // of the connection to a database server; -1: there is none

  std::string url;
  Kind kind;
  soci::session sql;
  std::string origin = new_uuid();  // of the changes that this session makes; a new one where a commit failed
  std::string salt;                 // of forgotten names
  HashedNames forgotten = {};       // as of `forgets`
  int64_t forgets = -1;             // how many there had been
  bool has_run = false;             // whether this session began the run that it appends to

 private:
  void make_table(const std::string& definition);
  void upgrade(int version);
  void make_salt();
  void hash_forgotten_names();
  int64_t changes_logged_ = 0;
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
