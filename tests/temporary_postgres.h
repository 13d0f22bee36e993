// A PostgreSQL of one's own for the time of a test: Debian's postgresql-15, in a temporary folder, on a socket.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace haina {

class TemporaryPostgres {
 public:
  TemporaryPostgres() {
    namespace fs = std::filesystem;
    if (!fs::exists(fs::path(kPrograms) / "initdb")) {
      why_not_ = "PostgreSQL 15 is not installed: apt-get install postgresql-15";
      return;
    }
    static int count = 0;  // of this process: each has a folder of its own
    folder_ = fs::temp_directory_path() / fmt::format("haina_postgres_{}_{}", ::getpid(), ++count);
    fs::create_directories(folder_);
    // It refuses to run as root.
    as_ = ::geteuid() == 0 ? "runuser -u postgres -- " : "";
    if (!as_.empty() && std::system(fmt::format("chown postgres {}", folder_.string()).c_str()) != 0) {
      why_not_ = "there is no user postgres";
      return;
    }
    const std::string data = (folder_ / "data").string();
    const bool runs =
        call(fmt::format("{}/initdb -D {} -A trust -U postgres --no-sync", kPrograms, data)) &&
        call(fmt::format("{}/pg_ctl -w -D {} -l {}/log -o \"-k {} -c listen_addresses='' -c fsync=off\" start",
                         kPrograms, data, folder_.string(), folder_.string()));
    why_not_ = runs ? "" : "PostgreSQL does not start";
  }
  TemporaryPostgres(const TemporaryPostgres&) = delete;
  TemporaryPostgres& operator=(const TemporaryPostgres&) = delete;
  ~TemporaryPostgres() {
    if (why_not_.empty()) {
      call(fmt::format("{}/pg_ctl -D {}/data -m immediate stop", kPrograms, folder_.string()));
    }
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  const std::string& why_not() const { return why_not_; }  // empty: it runs
  // A new, empty database; its URL for a store.
  std::string database(const std::string& name) const {
    return call(fmt::format("{}/createdb -h {} -U postgres {}", kPrograms, folder_.string(), name))
               ? fmt::format("postgresql://postgres@/{}?host={}", name, folder_.string())
               : "";
  }

 private:
  static constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin";
  bool call(const std::string& command) const {
    return std::system(fmt::format("cd / && {}{} >/dev/null 2>&1", as_, command).c_str()) == 0;
  }
  std::filesystem::path folder_;
  std::string as_, why_not_;
};

}  // namespace haina
