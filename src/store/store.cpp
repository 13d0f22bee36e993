// SOCI over PostgreSQL, or over SQLite in WAL mode with full sync: a commit is on the disk when it returns. That allows
// about 260 commits a second, so many senders' events are committed together (commit_queue.h).
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <exception>
#include <filesystem>
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

// Creates the file of a new store for its owner alone; SQLite gives the files beside it the same mode. A file that is
// there is not even opened: closing it would take away the locks that other sessions of this process hold on it (POSIX
// locks are a process's, not a descriptor's), and the next process to leave the store would take itself for the last
// one and delete the write-ahead log, with what this one goes on writing to it.
void create_private(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {  // else it is there, or opening the store says why it cannot be made
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

Store::Store(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open_existing(const std::string& url) {
  if (url.starts_with(kSqlite) && !std::filesystem::exists(url.substr(kSqlite.size()))) {
    return fail({ErrorCode::kNotFound, "there is no such store", url, "check the path"});
  }
  return open(url);
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
                                          sqlite ? "dbname=" + path : with_parameters(url)));
    HAINA_OK(sqlite ? store.session_->open_sqlite() : store.session_->open_postgres());
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
        session_->has_run = false;  // the server that comes back may be a restored one
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
