// SOCI over SQLite in WAL mode with full sync: a commit is on the disk when it returns. 260 commits a second one by
// one, so events are committed together (commit_queue.h).
#include "store/store.h"

#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace haina {
namespace {

constexpr const char* kScheme = "sqlite://";
constexpr int kVersion = 1;  // of the tables, in PRAGMA user_version

constexpr const char* kEventsTable =
    "CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, id TEXT, user TEXT NOT NULL, item TEXT NOT NULL, "
    "action TEXT NOT NULL, value REAL, time_us INTEGER NOT NULL, context TEXT NOT NULL)";
constexpr const char* kIdIndex = "CREATE UNIQUE INDEX IF NOT EXISTS events_id ON events (id) WHERE id IS NOT NULL";
constexpr const char* kUserIndex = "CREATE INDEX IF NOT EXISTS events_user ON events (user, seq)";

constexpr const char* kKeysTable =
    "CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, scope TEXT NOT NULL, hash TEXT NOT NULL)";

constexpr const char* kHiddenTable = "CREATE TABLE IF NOT EXISTS hidden_items (item TEXT PRIMARY KEY)";
constexpr const char* kForgottenTable = "CREATE TABLE IF NOT EXISTS forgotten_users (user TEXT PRIMARY KEY)";

constexpr const char* kColumns = "id, user, item, action, value, time_us, context";

tl::unexpected<Error> failed(const std::string& url, const std::exception& error) {
  return fail({ErrorCode::kIo, fmt::format("the store failed: {}", error.what()), url,
               "check the disk's space and permissions, then send it again"});
}

// One row, as statements bind it.
struct Row {
  std::string id, user, item, action, context;
  double value = 0;
  long long time_us = 0;
  soci::indicator id_there = soci::i_null, value_there = soci::i_null;

  void set(const LiveEvent& event) {
    id = event.id;
    id_there = event.id.empty() ? soci::i_null : soci::i_ok;
    user = event.user;
    item = event.item;
    action = event.action;
    value = event.value.value_or(0);
    value_there = event.value ? soci::i_ok : soci::i_null;
    time_us = event.time_us;
    context = event.context;
  }
  LiveEvent get() const {
    return {.id = id_there == soci::i_ok ? id : "",
            .user = user,
            .item = item,
            .action = action,
            .value = value_there == soci::i_ok ? std::optional(value) : std::nullopt,
            .time_us = time_us,
            .context = context};
  }
};

}  // namespace

struct Store::Session {
  explicit Session(std::string store_url, const std::string& path)
      : url(std::move(store_url)), sql(soci::sqlite3, fmt::format("dbname={} timeout=10", path)) {}
  std::string url;
  soci::session sql;
};

Store::Store(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const std::string& url) {
  if (!url.starts_with(kScheme) || url.size() == std::string_view(kScheme).size()) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is no store", url), "--store",
                 "write sqlite://PATH, for example sqlite://haina.db"});
  }
  const std::string path = url.substr(std::string_view(kScheme).size());
  if (path.find_first_of(" \"';") != std::string::npos) {  // SOCI's connection strings have no way to quote them
    return fail({ErrorCode::kInvalidArgument, fmt::format("the path '{}' holds a blank or a quote", path), "--store",
                 "give the file a path without them"});
  }
  try {
    auto session = std::make_unique<Session>(url, path);
    int version = 0;
    session->sql << "PRAGMA user_version", soci::into(version);
    int tables = 0;
    session->sql << "SELECT count(*) FROM sqlite_master", soci::into(tables);
    if (version > kVersion || (version == 0 && tables > 0)) {
      return fail({ErrorCode::kBadData,
                   version > kVersion ? "the store was written by a newer Haina" : "the database holds other tables",
                   url, version > kVersion ? "run that version" : "name another file"});
    }
    std::string mode;
    session->sql << "PRAGMA journal_mode = WAL", soci::into(mode);
    session->sql << "PRAGMA synchronous = FULL";
    session->sql << "PRAGMA secure_delete = ON";  // what is deleted is overwritten
    for (const char* const made : {kEventsTable, kIdIndex, kUserIndex, kKeysTable, kHiddenTable, kForgottenTable}) {
      session->sql << made;
    }
    session->sql << fmt::format("PRAGMA user_version = {}", kVersion);
    return Store(std::move(session));
  } catch (const std::exception& error) {
    return fail({ErrorCode::kIo, fmt::format("the store cannot be opened: {}", error.what()), url,
                 "check the path and its permissions; the folder must be there"});
  }
}

Result<std::vector<bool>> Store::append(std::span<const LiveEvent> events) {
  try {
    soci::session& sql = session_->sql;
    soci::transaction transaction(sql);
    Row row;
    soci::statement insert =
        (sql.prepare << fmt::format("INSERT INTO events ({}) VALUES (:id, :user, :item, :action, :value, :time_us, "
                                    ":context) ON CONFLICT DO NOTHING",
                                    kColumns),
         soci::use(row.id, row.id_there), soci::use(row.user), soci::use(row.item), soci::use(row.action),
         soci::use(row.value, row.value_there), soci::use(row.time_us), soci::use(row.context));
    std::vector<bool> fresh;
    for (const LiveEvent& event : events) {
      row.set(event);
      insert.execute(true);
      fresh.push_back(insert.get_affected_rows() > 0);
    }
    transaction.commit();
    return fresh;
  } catch (const std::exception& error) {
    return failed(session_->url, error);
  }
}

Result<std::vector<LiveEvent>> Store::events_of(const std::string& user, int64_t limit) {
  try {
    Row row;
    long long most = limit;
    soci::statement select = (session_->sql.prepare << fmt::format(
                                  "SELECT {} FROM events WHERE user = :user ORDER BY seq DESC LIMIT :most", kColumns),
                              soci::use(user), soci::use(most), soci::into(row.id, row.id_there), soci::into(row.user),
                              soci::into(row.item), soci::into(row.action), soci::into(row.value, row.value_there),
                              soci::into(row.time_us), soci::into(row.context));
    select.execute();
    std::vector<LiveEvent> events;
    while (select.fetch()) {
      events.push_back(row.get());
    }
    return events;
  } catch (const std::exception& error) {
    return failed(session_->url, error);
  }
}

// One statement with one value.
Status Store::change(const std::string& sql, const std::string& value) {
  try {
    soci::statement statement = (session_->sql.prepare << sql, soci::use(value));
    statement.execute(true);
    return ok();
  } catch (const std::exception& error) {
    return failed(session_->url, error);
  }
}

Result<std::vector<std::string>> Store::list(const std::string& sql) {
  try {
    std::string value;
    soci::statement select = (session_->sql.prepare << sql, soci::into(value));
    select.execute();
    std::vector<std::string> values;
    while (select.fetch()) {
      values.push_back(value);
    }
    return values;
  } catch (const std::exception& error) {
    return failed(session_->url, error);
  }
}

Status Store::hide_item(const std::string& item) {
  return change("INSERT INTO hidden_items (item) VALUES (:item) ON CONFLICT DO NOTHING", item);
}

Status Store::show_item(const std::string& item) { return change("DELETE FROM hidden_items WHERE item = :item", item); }

Status Store::forget_user(const std::string& user) {
  // First the mark: should the second fail, nothing is known of them either.
  HAINA_OK(change("INSERT INTO forgotten_users (user) VALUES (:user) ON CONFLICT DO NOTHING", user));
  HAINA_OK(change("DELETE FROM events WHERE user = :user", user));
  try {
    int busy = 0;  // the log beside the database holds what was written of late
    session_->sql << "PRAGMA wal_checkpoint(TRUNCATE)", soci::into(busy);
    return ok();
  } catch (const std::exception& error) {
    return failed(session_->url, error);
  }
}

Result<std::vector<std::string>> Store::hidden_items() { return list("SELECT item FROM hidden_items ORDER BY item"); }
Result<std::vector<std::string>> Store::forgotten_users() {
  return list("SELECT user FROM forgotten_users ORDER BY user");
}

Status Store::add_key(const ApiKey& key) {
  try {
    const std::string scope(to_string(key.scope));
    soci::statement insert =
        (session_->sql.prepare << "INSERT INTO keys (name, scope, hash) VALUES (:name, :scope, :hash) ON CONFLICT DO "
                                  "NOTHING",
         soci::use(key.name), soci::use(scope), soci::use(key.hash));
    insert.execute(true);
    if (insert.get_affected_rows() == 0) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("there is a key called '{}' already", key.name), "name",
                   "revoke it first, or give another name"});
    }
    return ok();
  } catch (const std::exception& error) {
    return failed(session_->url, error);
  }
}

Status Store::revoke_key(const std::string& name) {
  try {
    soci::statement remove = (session_->sql.prepare << "DELETE FROM keys WHERE name = :name", soci::use(name));
    remove.execute(true);
    if (remove.get_affected_rows() == 0) {
      return fail({ErrorCode::kNotFound, fmt::format("no key is called '{}'", name), "name",
                   "haina keys list shows their names"});
    }
    return ok();
  } catch (const std::exception& error) {
    return failed(session_->url, error);
  }
}

Result<std::vector<ApiKey>> Store::keys() {
  try {
    std::string name, scope, hash;
    soci::statement select = (session_->sql.prepare << "SELECT name, scope, hash FROM keys ORDER BY name",
                              soci::into(name), soci::into(scope), soci::into(hash));
    select.execute();
    std::vector<ApiKey> keys;
    while (select.fetch()) {
      HAINA_TRY(const Scope parsed, parse_scope(scope));
      keys.push_back({.name = name, .scope = parsed, .hash = hash});
    }
    return keys;
  } catch (const std::exception& error) {
    return failed(session_->url, error);
  }
}

Status Store::replay(const std::function<void(const LiveEvent&)>& on_event) {
  try {
    Row row;
    soci::statement select =
        (session_->sql.prepare << fmt::format("SELECT {} FROM events ORDER BY seq", kColumns),
         soci::into(row.id, row.id_there), soci::into(row.user), soci::into(row.item), soci::into(row.action),
         soci::into(row.value, row.value_there), soci::into(row.time_us), soci::into(row.context));
    select.execute();
    while (select.fetch()) {
      on_event(row.get());
    }
    return ok();
  } catch (const std::exception& error) {
    return failed(session_->url, error);
  }
}

}  // namespace haina
