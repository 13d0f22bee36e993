// SOCI over PostgreSQL, or over SQLite in WAL mode with full sync: a commit is on the disk when it returns. That allows
// about 260 commits a second, so many senders' events are committed together (commit_queue.h).
#include <fmt/format.h>

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "store/session.h"

namespace haina {
namespace {

constexpr std::string_view kSqlite = "sqlite://";
constexpr std::string_view kPostgres = "postgresql://";

// SOCI misreads a URL without parameters, so it gets one.
std::string with_parameter(const std::string& url) {
  return url.find('?') == std::string::npos ? url + "?application_name=haina" : url;
}

// For messages: "postgresql://user:…@host/database", without the password.
std::string without_password(const std::string& url) {
  const size_t begin = url.find("://");
  const size_t at = url.find('@');
  const size_t colon = begin == std::string::npos ? begin : url.find(':', begin + 3);
  return at == std::string::npos || colon == std::string::npos || colon > at
             ? url
             : url.substr(0, colon + 1) + "…" + url.substr(at);
}

}  // namespace

Store::Store(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

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
  try {
    Store store(std::make_unique<Session>(without_password(url),
                                          sqlite ? Session::Kind::kSqlite : Session::Kind::kPostgres,
                                          sqlite ? "dbname=" + path : with_parameter(url)));
    HAINA_OK(sqlite ? store.session_->open_sqlite() : store.session_->open_postgres());
    return store;
  } catch (const std::exception& error) {
    if (sqlite && std::string_view(error.what()).find("not a database") != std::string_view::npos) {
      return fail({ErrorCode::kBadData, "the file is not an SQLite database", url, "name another file"});
    }
    return fail({ErrorCode::kIo, fmt::format("the store cannot be opened: {}", error.what()), without_password(url),
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
  return fail({ErrorCode::kIo, fmt::format("the store failed: {}", error.what()), session_->url,
               is_shared() ? "check that the database server runs, then retry"
                           : "check the disk's free space and permissions, then retry"});
}

bool Store::is_shared() const { return session_->kind == Session::Kind::kPostgres; }

}  // namespace haina
