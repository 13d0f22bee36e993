// SOCI over PostgreSQL, or over SQLite in WAL mode with full sync: a commit is on the disk when it returns. That allows
// about 260 commits a second, so many senders' events are committed together (commit_queue.h).
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "store/session.h"
#include "store/store_url.h"

namespace haina {
namespace {

constexpr std::string_view kSqlite = "sqlite://";
constexpr std::string_view kPostgres = "postgresql://";
constexpr int kVersion = 2;  // of the tables' layout

// %number stands for the type of a row-number column, %real for a double, %big for a 64-bit integer.
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

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// With limits for connecting and for a connection that is silent, unless the URL has its own. SOCI misreads a URL
// without parameters, so it always gets some.
std::string with_parameters(std::string url) {
  for (const char* const parameter : {"application_name=haina", "connect_timeout=5", "tcp_user_timeout=15000"}) {
    const std::string name(parameter, std::string_view(parameter).find('=') + 1);
    if (url.find("?" + name) == std::string::npos && url.find("&" + name) == std::string::npos) {
      url += (url.find('?') == std::string::npos ? "?" : "&") + std::string(parameter);
    }
  }
  return url;
}

// Creates the file of a new store for its owner alone; SQLite gives the files beside it the same mode.
void create_private(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) {  // else opening the store says why
    ::close(fd);
  }
}

// An error's text without what SOCI adds: the statement with all of its values, which may be another client's.
std::string text_of(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, text.find(" while "));
}

// Whether the database refused the values, so that no retry helps: too long for an index, not of the type, against a
// constraint.
bool refused_values(const std::exception& error) {
  if (const auto* const sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error)) {
    const int code = sqlite->result() & 0xff;
    return code == SQLITE_TOOBIG || code == SQLITE_CONSTRAINT || code == SQLITE_MISMATCH;
  }
  if (const auto* const postgres = dynamic_cast<const soci::postgresql_soci_error*>(&error)) {
    const std::string kind = postgres->sqlstate().substr(0, 2);
    return kind == "22" || kind == "23" || kind == "54";
  }
  return false;
}

}  // namespace

void Store::Session::make_tables() {
  const bool sqlite = kind == Kind::kSqlite;
  for (const char* const table : kTables) {
    std::string text = replaced(table, "%number", sqlite ? "INTEGER PRIMARY KEY" : "BIGSERIAL PRIMARY KEY");
    text = replaced(text, "%real", sqlite ? "REAL" : "DOUBLE PRECISION");
    sql << replaced(text, "%big", sqlite ? "INTEGER" : "BIGINT");
  }
}

Store::Store(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

// Checks whether the database is empty, ours or somebody else's, then creates or upgrades the tables.
Status Store::prepare() {
  soci::session& sql = session_->sql;
  const auto refuse = [&](int version) -> Status {
    return fail({ErrorCode::kBadData,
                 version > kVersion ? "the store was written by a newer Haina" : "the database holds other tables",
                 session_->url, version > kVersion ? "run that version of Haina" : "name another database"});
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
    sql << "PRAGMA secure_delete = ON";  // overwrites deleted rows
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
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is not the URL of a store", without_password(url)),
                 "--store", "write sqlite://PATH, for example sqlite://haina.db, or postgresql://USER@HOST/DATABASE"});
  }
  const std::string path = sqlite ? url.substr(kSqlite.size()) : "";
  if (path.find_first_of(" \"';") != std::string::npos) {  // SOCI's connection strings cannot quote them
    return fail({ErrorCode::kInvalidArgument, fmt::format("the path '{}' has a space, a quote or a semicolon", path),
                 "--store", "choose a path without them"});
  }
  if (sqlite) {
    create_private(path);
  }
  try {
    Store store(std::make_unique<Session>(without_password(url),
                                          sqlite ? Session::Kind::kSqlite : Session::Kind::kPostgres,
                                          sqlite ? fmt::format("dbname={} timeout=10", path) : with_parameters(url)));
    HAINA_OK(store.prepare());
    return store;
  } catch (const std::exception& error) {
    if (sqlite && std::string_view(error.what()).find("not a database") != std::string_view::npos) {
      return fail({ErrorCode::kBadData, "the file is not an SQLite database", url, "name another file"});
    }
    return fail({ErrorCode::kIo, fmt::format("the store cannot be opened: {}", without_passwords(text_of(error))),
                 without_password(url),
                 sqlite ? "check the path and its permissions; the folder must exist"
                        : "check that the server runs, and the user, password and database"});
  }
}

// Reconnects to a database server, so that the next call finds it if it is back.
tl::unexpected<Error> Store::failed(const std::exception& error) {
  if (is_shared()) {
    try {
      if (!session_->sql.is_connected()) {
        session_->sql.reconnect();
      }
    } catch (const std::exception&) {  // the server is still down
    }
  }
  if (refused_values(error)) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("the store cannot hold this: {}", text_of(error)), "",
                 "send shorter ids and texts"});
  }
  return fail({ErrorCode::kIo, fmt::format("the store failed: {}", text_of(error)), session_->url,
               is_shared() ? "check that the database server runs, then retry"
                           : "check the disk's free space and permissions, then retry"});
}

bool Store::is_shared() const { return session_->kind == Session::Kind::kPostgres; }

}  // namespace haina
