// flock(2) on a file that says who holds it.
#include "base/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <string>

#include "base/files.h"
#include "base/log.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

// "1234 on web1": a number alone means nothing where containers share a folder.
std::string own_name() {
  std::array<char, 256> host = {};
  const bool named = ::gethostname(host.data(), host.size() - 1) == 0;
  return fmt::format("{}{}{}", ::getpid(), named ? " on " : "", host.data());
}

// What the holder wrote; it may not have come to that yet.
std::string holder_of(const fs::path& path) {
  std::string text;
  std::ifstream file(path);
  std::getline(file, text);
  return text.empty() ? "a process that has just begun" : "process " + text;
}

}  // namespace

Result<FileLock> FileLock::take(const fs::path& path, const std::string& taken, const std::string& hint, Busy busy) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    return fail(io_error(path, "cannot create the lock"));
  }
  FileLock lock(fd);
  int locked = 0;
  do {
    locked = ::flock(fd, LOCK_EX | (busy == Busy::kFail ? LOCK_NB : 0));
  } while (locked != 0 && errno == EINTR);
  if (locked != 0 && errno == EWOULDBLOCK) {
    return fail({ErrorCode::kIo, fmt::format("{}: {}", taken, holder_of(path)), path.string(), hint});
  }
  if (locked != 0) {
    return fail(io_error(path, "cannot lock"));
  }
  const std::string name = own_name() + "\n";
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, name.data(), name.size(), 0) < 0) {
    log_warning(path.string() + ": cannot write who holds the lock");
  }
  return lock;
}

FileLock::~FileLock() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

}  // namespace haina
