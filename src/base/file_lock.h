// A lock that one process holds. The system releases it when the process ends, however it ends.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "base/error.h"

namespace haina {

class FileLock {
 public:
  enum class Busy { kFail, kWait };  // where another process holds the lock
  // Locks the file, made if missing; it stays afterwards. kIo where another process holds the lock, with that process's
  // number: `taken` says what that means ("another haina serve uses this store"), `hint` what to do.
  static Result<FileLock> take(const std::filesystem::path& path, const std::string& taken, const std::string& hint,
                               Busy busy = Busy::kFail);
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace haina
