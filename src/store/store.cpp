// SOCI over PostgreSQL, or over SQLite in WAL mode with full sync: a commit is on the disk when it returns. 260 commits
// a second one by one, so events are committed together (commit_queue.h).
#include "store/store.h"

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>

namespace haina {
namespace {

constexpr std::string_view kSqlite = "sqlite://";
constexpr std::string_view kPostgres = "postgresql://";
constexpr int kVersion = 2;  // of the tables
// Who appends holds this lock until the commit, so that numbers are seen in their order.
constexpr int64_t kAppendLock = 0x6861696e61;

// %number: a column that counts rows; %real, %big: types.
constexpr const char* kTables[] = {
    R"(CREATE TABLE IF NOT EXISTS events (seq %number, id TEXT, "user" TEXT NOT NULL, item TEXT NOT NULL,
       action TEXT NOT NULL, value %real, time_us %big NOT NULL, context TEXT NOT NULL))",
    "CREATE UNIQUE INDEX IF NOT EXISTS events_id ON events (id) WHERE id IS NOT NULL",
    R"(CREATE INDEX IF NOT EXISTS events_user ON events ("user", seq))",
    "CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, scope TEXT NOT NULL, hash TEXT NOT NULL, tenant TEXT NOT "
    "NULL DEFAULT '')",
    "CREATE TABLE IF NOT EXISTS hidden_items (item TEXT PRIMARY KEY)",
    R"(CREATE TABLE IF NOT EXISTS forgotten_users ("user" TEXT PRIMARY KEY))",
    R"(CREATE TABLE IF NOT EXISTS entities (kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL,
       time_us %big NOT NULL, PRIMARY KEY (kind, id)))",
    R"(CREATE TABLE IF NOT EXISTS impressions (seq %number, list TEXT NOT NULL, "user" TEXT NOT NULL,
       model TEXT NOT NULL, items TEXT NOT NULL, time_us %big NOT NULL))",
    R"(CREATE INDEX IF NOT EXISTS impressions_user ON impressions ("user"))",
    R"(CREATE TABLE IF NOT EXISTS feedback (seq %number, list TEXT NOT NULL, "user" TEXT NOT NULL,
       item TEXT NOT NULL, kind TEXT NOT NULL, value %real NOT NULL, time_us %big NOT NULL))",
    R"(CREATE INDEX IF NOT EXISTS feedback_user ON feedback ("user"))"};

constexpr const char* kColumns = R"(id, "user", item, action, value, time_us, context)";

std::string with(std::string text, const std::string& what, const std::string& by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// SOCI takes the last part of a URL without parameters for one of its own.
std::string with_parameter(const std::string& url) {
  return url.find('?') == std::string::npos ? url + "?application_name=haina" : url;
}

// For messages: "postgresql://user:…@host/database".
std::string without_password(const std::string& url) {
  const size_t begin = url.find("://");
  const size_t at = url.find('@');
  const size_t colon = begin == std::string::npos ? begin : url.find(':', begin + 3);
  return at == std::string::npos || colon == std::string::npos || colon > at
             ? url
             : url.substr(0, colon + 1) + "…" + url.substr(at);
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
  enum class Kind { kSqlite, kPostgres };
  Session(std::string store_url, Kind given, const std::string& connection)
      : url(std::move(store_url)),
        kind(given),
        sql(given == Kind::kSqlite ? static_cast<const soci::backend_factory&>(*soci::factory_sqlite3())
                                   : static_cast<const soci::backend_factory&>(*soci::factory_postgresql()),
            connection) {}

  void make_tables() {
    const bool sqlite = kind == Kind::kSqlite;
    for (const char* const table : kTables) {
      std::string text = with(table, "%number", sqlite ? "INTEGER PRIMARY KEY" : "BIGSERIAL PRIMARY KEY");
      text = with(text, "%real", sqlite ? "REAL" : "DOUBLE PRECISION");
      sql << with(text, "%big", sqlite ? "INTEGER" : "BIGINT");
    }
  }

  std::string url;
  Kind kind;
  soci::session sql;
};

Store::Store(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

// What is there already decides: nothing, tables of ours, or another's.
Status Store::prepare() {
  soci::session& sql = session_->sql;
  const auto refuse = [&](int version) -> Status {
    return fail({ErrorCode::kBadData,
                 version > kVersion ? "the store was written by a newer Haina" : "the database holds other tables",
                 session_->url, version > kVersion ? "run that version" : "name another database"});
  };
  int version = 0, tables = 0;
  if (session_->kind == Session::Kind::kSqlite) {
    sql << "PRAGMA user_version", soci::into(version);
    sql << "SELECT count(*) FROM sqlite_master", soci::into(tables);
    if (version > kVersion || (version == 0 && tables > 0)) {
      return refuse(version);
    }
    std::string mode;
    sql << "PRAGMA journal_mode = WAL", soci::into(mode);
    sql << "PRAGMA synchronous = FULL";
    sql << "PRAGMA secure_delete = ON";  // what is deleted is overwritten
    if (version == 1) {
      sql << "ALTER TABLE keys ADD COLUMN tenant TEXT NOT NULL DEFAULT ''";
    }
    session_->make_tables();
    sql << fmt::format("PRAGMA user_version = {}", kVersion);
    return ok();
  }
  soci::transaction transaction(sql);
  long long locked = kAppendLock;
  sql << "SET LOCAL client_min_messages = warning";
  sql << "SELECT 1 FROM (SELECT pg_advisory_xact_lock(:key)) AS locked", soci::use(locked), soci::into(tables);
  sql << "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()", soci::into(tables);
  int ours = 0;
  sql << "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = "
         "'haina_store'",
      soci::into(ours);
  if (ours > 0) {
    sql << "SELECT version FROM haina_store", soci::into(version);
  }
  if (version > kVersion || (ours == 0 && tables > 0)) {
    return refuse(version);
  }
  session_->make_tables();
  if (ours == 0) {
    sql << "CREATE TABLE haina_store (version INTEGER NOT NULL, changes BIGINT NOT NULL DEFAULT 0)";
    sql << "INSERT INTO haina_store (version) VALUES (:version)", soci::use(kVersion);
  } else {
    sql << "UPDATE haina_store SET version = :version", soci::use(kVersion);
  }
  transaction.commit();
  return ok();
}

Result<Store> Store::open(const std::string& url) {
  const bool sqlite = url.starts_with(kSqlite) && url.size() > kSqlite.size();
  const bool postgres = url.starts_with(kPostgres) && url.size() > kPostgres.size();
  if (!sqlite && !postgres) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is no store", without_password(url)), "--store",
                 "write sqlite://PATH, for example sqlite://haina.db, or postgresql://USER@HOST/DATABASE"});
  }
  const std::string path = sqlite ? url.substr(kSqlite.size()) : "";
  if (path.find_first_of(" \"';") != std::string::npos) {  // SOCI's connection strings have no way to quote them
    return fail({ErrorCode::kInvalidArgument, fmt::format("the path '{}' holds a blank or a quote", path), "--store",
                 "give the file a path without them"});
  }
  try {
    Store store(std::make_unique<Session>(without_password(url),
                                          sqlite ? Session::Kind::kSqlite : Session::Kind::kPostgres,
                                          sqlite ? fmt::format("dbname={} timeout=10", path) : with_parameter(url)));
    HAINA_OK(store.prepare());
    return store;
  } catch (const std::exception& error) {
    if (sqlite && std::string_view(error.what()).find("not a database") != std::string_view::npos) {
      return fail({ErrorCode::kBadData, "the file is no database", url, "name another file"});
    }
    return fail({ErrorCode::kIo, fmt::format("the store cannot be opened: {}", error.what()), without_password(url),
                 sqlite ? "check the path and its permissions; the folder must be there"
                        : "check that the server runs, and user, password and database"});
  }
}

// Of a server that went away and came back, the next call finds the connection anew.
tl::unexpected<Error> Store::failed(const std::exception& error) {
  if (is_shared()) {
    try {
      if (!session_->sql.is_connected()) {
        session_->sql.reconnect();
      }
    } catch (const std::exception&) {  // still away
    }
  }
  return fail({ErrorCode::kIo, fmt::format("the store failed: {}", error.what()), session_->url,
               is_shared() ? "check that the database server runs, then send it again"
                           : "check the disk's space and permissions, then send it again"});
}

Result<std::vector<bool>> Store::append(std::span<const LiveEvent> events) {
  try {
    soci::session& sql = session_->sql;
    soci::transaction transaction(sql);
    if (session_->kind == Session::Kind::kPostgres) {
      long long key = kAppendLock;
      int locked = 0;
      sql << "SELECT 1 FROM (SELECT pg_advisory_xact_lock(:key)) AS locked", soci::use(key), soci::into(locked);
    }
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
    return failed(error);
  }
}

Result<std::vector<LiveEvent>> Store::events_of(const std::string& user, int64_t limit) {
  return newest_where(R"("user")", user, limit);
}

Result<std::vector<LiveEvent>> Store::events_on(const std::string& item, int64_t limit) {
  return newest_where("item", item, limit);
}

Result<std::vector<LiveEvent>> Store::newest_where(const char* column, const std::string& value, int64_t limit) {
  try {
    Row row;
    long long most = limit;
    soci::statement select =
        (session_->sql.prepare << fmt::format("SELECT {} FROM events WHERE {} = :value ORDER BY seq DESC LIMIT :most",
                                              kColumns, column),
         soci::use(value), soci::use(most), soci::into(row.id, row.id_there), soci::into(row.user),
         soci::into(row.item), soci::into(row.action), soci::into(row.value, row.value_there), soci::into(row.time_us),
         soci::into(row.context));
    select.execute();
    std::vector<LiveEvent> events;
    while (select.fetch()) {
      events.push_back(row.get());
    }
    return events;
  } catch (const std::exception& error) {
    return failed(error);
  }
}

Result<Store::Page> Store::page(int64_t after, int64_t limit, const std::string& action) {
  try {
    Row row;
    long long begin = after, most = limit, number = 0;
    soci::statement select =
        (session_->sql.prepare << fmt::format("SELECT seq, {} FROM events WHERE seq > :after AND (:any = '' OR action "
                                              "= :action) ORDER BY seq LIMIT :most",
                                              kColumns),
         soci::use(begin), soci::use(action), soci::use(action), soci::use(most), soci::into(number),
         soci::into(row.id, row.id_there), soci::into(row.user), soci::into(row.item), soci::into(row.action),
         soci::into(row.value, row.value_there), soci::into(row.time_us), soci::into(row.context));
    select.execute();
    Page page = {.events = {}, .last = after};
    while (select.fetch()) {
      page.events.push_back(row.get());
      page.last = number;
    }
    return page;
  } catch (const std::exception& error) {
    return failed(error);
  }
}

// One statement with one value.
Status Store::change(const std::string& sql, const std::string& value) {
  try {
    soci::statement statement = (session_->sql.prepare << sql, soci::use(value));
    statement.execute(true);
    return ok();
  } catch (const std::exception& error) {
    return failed(error);
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
    return failed(error);
  }
}

Status Store::hide_item(const std::string& item) {
  HAINA_OK(change("INSERT INTO hidden_items (item) VALUES (:item) ON CONFLICT DO NOTHING", item));
  return count_change();
}

Status Store::show_item(const std::string& item) {
  HAINA_OK(change("DELETE FROM hidden_items WHERE item = :item", item));
  return count_change();
}

Status Store::forget_user(const std::string& user) {
  // First the mark: should the rest fail, nothing is known of them either.
  HAINA_OK(change(R"(INSERT INTO forgotten_users ("user") VALUES (:user) ON CONFLICT DO NOTHING)", user));
  for (const char* const table : {"events", "impressions", "feedback"}) {
    HAINA_OK(change(fmt::format(R"(DELETE FROM {} WHERE "user" = :user)", table), user));
  }
  HAINA_OK(change("DELETE FROM entities WHERE kind = 'user' AND id = :user", user));
  HAINA_OK(count_change());
  return overwrite_deleted();
}

Status Store::overwrite_deleted() {
  try {
    if (session_->kind == Session::Kind::kPostgres) {
      for (const char* const table : {"events", "impressions", "feedback", "entities"}) {
        session_->sql << fmt::format("VACUUM {}", table);
      }
      return ok();
    }
    int busy = 0;  // the log beside the database holds what was written of late
    session_->sql << "PRAGMA wal_checkpoint(TRUNCATE)", soci::into(busy);
    return ok();
  } catch (const std::exception& error) {
    return failed(error);
  }
}

Result<int64_t> Store::drop_events(const std::string& user, const std::string& item, const std::string& action) {
  try {
    soci::statement remove =
        (session_->sql.prepare << R"(DELETE FROM events WHERE "user" = :user AND item = :item AND )"
                                  R"((:any = '' OR action = :action))",
         soci::use(user), soci::use(item), soci::use(action), soci::use(action));
    remove.execute(true);
    return remove.get_affected_rows();
  } catch (const std::exception& error) {
    return failed(error);
  }
}

Status Store::put(std::span<const Entity> entities) {
  try {
    soci::transaction transaction(session_->sql);
    Entity row;
    long long time_us = 0;
    soci::statement insert =
        (session_->sql.prepare << "INSERT INTO entities (kind, id, document, time_us) VALUES (:kind, :id, "
                                  ":document, :time_us) ON CONFLICT (kind, id) DO UPDATE SET document = "
                                  "excluded.document, time_us = excluded.time_us",
         soci::use(row.kind), soci::use(row.id), soci::use(row.document), soci::use(time_us));
    for (const Entity& entity : entities) {
      row = entity;
      time_us = entity.time_us;
      insert.execute(true);
    }
    transaction.commit();
    return count_change();
  } catch (const std::exception& error) {
    return failed(error);
  }
}

Status Store::drop(const std::string& kind, const std::string& id) {
  try {
    session_->sql << "DELETE FROM entities WHERE kind = :kind AND id = :id", soci::use(kind), soci::use(id);
    return count_change();
  } catch (const std::exception& error) {
    return failed(error);
  }
}

Result<std::vector<Entity>> Store::entities(const std::string& kind) {
  try {
    Entity row;
    long long time_us = 0;
    soci::statement select =
        (session_->sql.prepare << "SELECT kind, id, document, time_us FROM entities WHERE kind = :kind ORDER BY id",
         soci::use(kind), soci::into(row.kind), soci::into(row.id), soci::into(row.document), soci::into(time_us));
    select.execute();
    std::vector<Entity> entities;
    while (select.fetch()) {
      row.time_us = time_us;
      entities.push_back(row);
    }
    return entities;
  } catch (const std::exception& error) {
    return failed(error);
  }
}

Result<std::optional<Entity>> Store::entity(const std::string& kind, const std::string& id) {
  try {
    Entity row;
    long long time_us = 0;
    soci::statement select =
        (session_->sql.prepare << "SELECT kind, id, document, time_us FROM entities WHERE kind = :kind AND id = :id",
         soci::use(kind), soci::use(id), soci::into(row.kind), soci::into(row.id), soci::into(row.document),
         soci::into(time_us));
    select.execute();
    if (!select.fetch()) {
      return std::nullopt;
    }
    row.time_us = time_us;
    return std::optional(row);
  } catch (const std::exception& error) {
    return failed(error);
  }
}

Status Store::add_impressions(std::span<const Impression> impressions) {
  try {
    soci::transaction transaction(session_->sql);
    Impression row;
    long long time_us = 0;
    soci::statement insert =
        (session_->sql.prepare << R"(INSERT INTO impressions (list, "user", model, items, time_us) VALUES (:list, )"
                                  ":user, :model, :items, :time_us)",
         soci::use(row.list), soci::use(row.user), soci::use(row.model), soci::use(row.items), soci::use(time_us));
    for (const Impression& impression : impressions) {
      row = impression;
      time_us = impression.time_us;
      insert.execute(true);
    }
    transaction.commit();
    return ok();
  } catch (const std::exception& error) {
    return failed(error);
  }
}

Status Store::add_feedback(std::span<const Feedback> feedback) {
  try {
    soci::transaction transaction(session_->sql);
    Feedback row;
    long long time_us = 0;
    soci::statement insert =
        (session_->sql.prepare << R"(INSERT INTO feedback (list, "user", item, kind, value, time_us) VALUES (:list, )"
                                  ":user, :item, :kind, :value, :time_us)",
         soci::use(row.list), soci::use(row.user), soci::use(row.item), soci::use(row.kind), soci::use(row.value),
         soci::use(time_us));
    for (const Feedback& one : feedback) {
      row = one;
      time_us = one.time_us;
      insert.execute(true);
    }
    transaction.commit();
    return ok();
  } catch (const std::exception& error) {
    return failed(error);
  }
}

Result<std::vector<Impression>> Store::impressions(int64_t most) {
  try {
    Impression row;
    long long time_us = 0, limit = most;
    soci::statement select =
        (session_->sql.prepare << R"(SELECT list, "user", model, items, time_us FROM impressions ORDER BY seq DESC )"
                                  "LIMIT :most",
         soci::use(limit), soci::into(row.list), soci::into(row.user), soci::into(row.model), soci::into(row.items),
         soci::into(time_us));
    select.execute();
    std::vector<Impression> newest;
    while (select.fetch()) {
      row.time_us = time_us;
      newest.push_back(row);
    }
    std::ranges::reverse(newest);
    return newest;
  } catch (const std::exception& error) {
    return failed(error);
  }
}

Result<std::vector<Feedback>> Store::feedback(int64_t most) {
  try {
    Feedback row;
    long long time_us = 0, limit = most;
    soci::statement select =
        (session_->sql.prepare << R"(SELECT list, "user", item, kind, value, time_us FROM feedback ORDER BY seq DESC )"
                                  "LIMIT :most",
         soci::use(limit), soci::into(row.list), soci::into(row.user), soci::into(row.item), soci::into(row.kind),
         soci::into(row.value), soci::into(time_us));
    select.execute();
    std::vector<Feedback> newest;
    while (select.fetch()) {
      row.time_us = time_us;
      newest.push_back(row);
    }
    std::ranges::reverse(newest);
    return newest;
  } catch (const std::exception& error) {
    return failed(error);
  }
}

Result<std::vector<std::string>> Store::hidden_items() { return list("SELECT item FROM hidden_items ORDER BY item"); }
Result<std::vector<std::string>> Store::forgotten_users() {
  return list(R"(SELECT "user" FROM forgotten_users ORDER BY "user")");
}

Status Store::add_key(const ApiKey& key) {
  try {
    const std::string scope(to_string(key.scope));
    soci::statement insert =
        (session_->sql.prepare
             << "INSERT INTO keys (name, scope, hash, tenant) VALUES (:name, :scope, :hash, :tenant) ON "
                "CONFLICT DO NOTHING",
         soci::use(key.name), soci::use(scope), soci::use(key.hash), soci::use(key.tenant));
    insert.execute(true);
    if (insert.get_affected_rows() == 0) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("there is a key called '{}' already", key.name), "name",
                   "revoke it first, or give another name"});
    }
    return ok();
  } catch (const std::exception& error) {
    return failed(error);
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
    return failed(error);
  }
}

Result<std::vector<ApiKey>> Store::keys() {
  try {
    std::string name, scope, hash, tenant;
    soci::statement select = (session_->sql.prepare << "SELECT name, scope, hash, tenant FROM keys ORDER BY name",
                              soci::into(name), soci::into(scope), soci::into(hash), soci::into(tenant));
    select.execute();
    std::vector<ApiKey> keys;
    while (select.fetch()) {
      HAINA_TRY(const Scope parsed, parse_scope(scope));
      keys.push_back({.name = name, .scope = parsed, .hash = hash, .tenant = tenant});
    }
    return keys;
  } catch (const std::exception& error) {
    return failed(error);
  }
}

bool Store::is_shared() const { return session_->kind == Session::Kind::kPostgres; }

Result<int64_t> Store::changes() {
  try {
    long long changes = 0;
    if (is_shared()) {
      session_->sql << "SELECT changes FROM haina_store", soci::into(changes);
    }
    return changes;
  } catch (const std::exception& error) {
    return failed(error);
  }
}

// After what changed is durable: who sees the count finds the change.
Status Store::count_change() {
  try {
    if (is_shared()) {
      session_->sql << "UPDATE haina_store SET changes = changes + 1";
    }
    return ok();
  } catch (const std::exception& error) {
    return failed(error);
  }
}

Result<int64_t> Store::last_number() {
  try {
    long long last = 0;
    session_->sql << "SELECT coalesce(max(seq), 0) FROM events", soci::into(last);
    return last;
  } catch (const std::exception& error) {
    return failed(error);
  }
}

Status Store::replay(const std::function<void(const LiveEvent&)>& on_event, int64_t after, int64_t until) {
  try {
    // In parts, since a server's library holds the whole of an answer.
    constexpr int64_t kPart = 50'000;
    const long long last = until;
    for (long long begin = after; true;) {
      Row row;
      long long number = 0;
      int64_t rows = 0;
      soci::statement select =
          (session_->sql.prepare << fmt::format(
               "SELECT seq, {} FROM events WHERE seq > :after AND seq <= :until ORDER BY seq LIMIT {}", kColumns,
               kPart),
           soci::use(begin), soci::use(last), soci::into(number), soci::into(row.id, row.id_there),
           soci::into(row.user), soci::into(row.item), soci::into(row.action), soci::into(row.value, row.value_there),
           soci::into(row.time_us), soci::into(row.context));
      select.execute();
      while (select.fetch()) {
        on_event(row.get());
        ++rows;
      }
      if (rows < kPart) {
        return ok();
      }
      begin = number;
    }
  } catch (const std::exception& error) {
    return failed(error);
  }
}

}  // namespace haina
