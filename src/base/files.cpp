#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <system_error>

#include "base/sha256.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

Status sync_path(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(io_error(path, "cannot open for syncing"));
  }
  const int failed = ::fsync(fd);
  ::close(fd);
  if (failed != 0) {
    return fail(io_error(path, "cannot sync"));
  }
  return ok();
}

fs::path parent_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

}  // namespace

Error io_error(const fs::path& path, const std::string& doing) {
  const int code = errno;
  std::string hint = "check the path and its permissions";
  if (code == ENOENT) {
    hint = "check the spelling of the path";
  } else if (code == ENOSPC || code == EDQUOT) {
    hint = "free some disk space; existing files are unchanged";
  } else if (code == EACCES || code == EPERM || code == EROFS) {
    hint = "give this user permission (chmod, chown), or name another path";
  } else if (code == EISDIR) {
    hint = "name a file, not a folder";
  }
  return {code == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, fmt::format("{}: {}", doing, std::strerror(code)),
          path.string(), hint};
}

Result<FileWriter> FileWriter::create(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) {
    return fail(io_error(path, "cannot create"));
  }
  return FileWriter(path, fd);
}

FileWriter::~FileWriter() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Status FileWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd_, bytes.data(), std::min<size_t>(bytes.size(), size_t{1} << 30));
    if (done < 0 && errno == EINTR) {
      continue;
    }
    if (done <= 0) {
      return fail(io_error(path_, "cannot write"));
    }
    bytes.remove_prefix(static_cast<size_t>(done));
  }
  return ok();
}

Status FileWriter::close() {
  const int fd = std::exchange(fd_, -1);
  const int sync_failed = ::fsync(fd);
  const int close_failed = ::close(fd);
  if (sync_failed != 0 || close_failed != 0) {
    return fail(io_error(path_, "cannot finish writing"));
  }
  return ok();
}

Result<std::string> read_text(const fs::path& path) {
  std::error_code code;
  if (fs::is_directory(path, code)) {
    errno = EISDIR;
    return fail(io_error(path, "cannot read"));
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(io_error(path, "cannot read"));
  }
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) {
    return fail(io_error(path, "cannot read"));
  }
  return text;
}

Status write_text(const fs::path& path, std::string_view text) {
  const fs::path temporary = path.string() + ".tmp";
  const auto write_all = [&]() -> Status {
    HAINA_TRY(FileWriter file, FileWriter::create(temporary));
    HAINA_OK(file.write(text));
    HAINA_OK(file.close());
    if (std::rename(temporary.c_str(), path.c_str()) != 0) {
      return fail(io_error(path, "cannot rename into place"));
    }
    return sync_path(parent_of(path));
  };
  Status status = write_all();
  if (!status) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
  }
  return status;
}

Result<nlohmann::json> read_json(const fs::path& path) {
  HAINA_TRY(const std::string text, read_text(path));
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& e) {
    return fail({ErrorCode::kBadData, "not valid JSON", fmt::format("{}:byte {}", path.string(), e.byte),
                 "repair the file, or run the command that wrote it again"});
  }
}

Result<std::string> sha256_of(const fs::path& path) {
  errno = 0;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (!file) {
    return fail(io_error(path, "cannot read"));
  }
  Sha256 hash;
  std::vector<char> buffer(1 << 20);
  size_t got = 0;
  do {
    got = std::fread(buffer.data(), 1, buffer.size(), file.get());
    hash.add(buffer.data(), got);
  } while (got == buffer.size());  // a short read is the last one
  if (std::ferror(file.get()) != 0) {
    return fail(io_error(path, "cannot read"));
  }
  return hash.hex();
}

namespace {

// Descriptor of the folder, opened and locked; -1 if another process holds the lock (errno is EWOULDBLOCK), or it is
// not a folder.
int lock_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int code = errno;
    ::close(fd);
    errno = code;
    return -1;
  }
  return fd;
}

// Removes the folder unless a process holds it locked: then one is at work there.
void remove_unless_locked(const fs::path& folder) {
  if (const int lock = lock_folder(folder); lock >= 0) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    ::close(lock);
  }
}

// Whether `folder` is a "NAME.tmp-PID" whose process is gone and which no process holds locked, such as one in another
// container, where the number means another process.
bool is_left_behind(const fs::path& folder) {
  const std::string name = folder.filename().string();
  const size_t at = name.rfind(".tmp-");
  pid_t process = 0;
  if (at == std::string::npos ||
      std::from_chars(name.data() + at + 5, name.data() + name.size(), process).ptr != name.data() + name.size() ||
      process <= 0 || ::kill(process, 0) == 0 || errno != ESRCH) {
    return false;
  }
  const int lock = lock_folder(folder);
  if (lock >= 0) {
    ::close(lock);
  }
  return lock >= 0;
}

}  // namespace

void remove_left_behind(const fs::path& folder) {
  std::error_code ignored;  // a folder that stays only takes space
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (is_left_behind(entry.path())) {
      fs::remove_all(entry.path(), ignored);
    }
  }
}

Result<AtomicFolder> AtomicFolder::create(const fs::path& final_path) {
  const fs::path parent = parent_of(final_path);
  std::error_code code;
  fs::create_directories(parent, code);
  if (code) {
    errno = code.value();
    return fail(io_error(parent, "cannot create folder"));
  }
  const std::string prefix = final_path.filename().string() + ".tmp-";
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, code)) {
    if (entry.path().filename().string().starts_with(prefix)) {
      remove_unless_locked(entry.path());
    }
  }
  remove_left_behind(parent);
  const fs::path temporary = parent / (prefix + std::to_string(::getpid()));
  constexpr int kMostTries = 10;  // another process that cleans up may come between the folder and its lock
  for (int tries = 0; tries < kMostTries; ++tries) {
    if (::mkdir(temporary.c_str(), 0700) != 0) {  // what it holds is about people
      return fail(io_error(temporary, "cannot create folder"));
    }
    const int lock = lock_folder(temporary);
    if (lock >= 0 && fs::exists(temporary)) {
      return AtomicFolder(final_path, temporary, lock);
    }
    if (lock < 0 && errno != EWOULDBLOCK && errno != ENOENT) {  // a file system without locks
      return AtomicFolder(final_path, temporary, lock);
    }
    if (lock >= 0) {
      ::close(lock);
    }
    fs::remove_all(temporary, code);
  }
  errno = EBUSY;
  return fail(io_error(temporary, "cannot create folder"));
}

AtomicFolder::~AtomicFolder() {
  if (lock_ >= 0) {
    ::close(lock_);
  }
  if (!temporary_.empty()) {
    std::error_code ignored;
    fs::remove_all(temporary_, ignored);
  }
}

Status AtomicFolder::commit(const std::string& schema, const nlohmann::json& about) {
  nlohmann::json manifest = {{"schema", schema}, {"about", about}, {"files", nlohmann::json::object()}};
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(temporary_)) {
    if (entry.is_regular_file()) {
      HAINA_TRY(const std::string checksum, sha256_of(entry.path()));
      manifest["files"][fs::relative(entry.path(), temporary_).string()] = {{"bytes", entry.file_size()},
                                                                            {"sha256", checksum}};
      HAINA_OK(sync_path(entry.path()));
    } else if (entry.is_directory()) {
      HAINA_OK(sync_path(entry.path()));
    }
  }
  HAINA_OK(write_text(temporary_ / "manifest.json", manifest.dump(1)));
  HAINA_OK(sync_path(temporary_));
  if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, final_.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno != EEXIST || ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, final_.c_str(), RENAME_EXCHANGE) != 0) {
      return fail(io_error(final_, "cannot rename into place"));
    }
    std::error_code ignored;
    fs::remove_all(temporary_, ignored);  // after the exchange this is the previous folder
  }
  temporary_.clear();
  return sync_path(parent_of(final_));
}

Result<nlohmann::json> open_manifest(const fs::path& folder, const std::string& schema, Verify verify) {
  HAINA_TRY(nlohmann::json manifest, read_json(folder / "manifest.json"));
  const std::string where = (folder / "manifest.json").string();
  const std::string hint = "run the command that wrote it again (haina prepare or haina train)";
  if (!manifest.is_object() || manifest.value("schema", "") != schema || !manifest.contains("files") ||
      !manifest["files"].is_object()) {
    return fail({ErrorCode::kBadData, fmt::format("not a manifest of schema '{}'", schema), where, hint});
  }
  for (const auto& [name, entry] : manifest["files"].items()) {
    std::error_code code;
    const uintmax_t bytes = fs::file_size(folder / name, code);
    if (code && code != std::errc::no_such_file_or_directory) {  // it may be whole: the disk does not say
      return fail({ErrorCode::kIo, fmt::format("file '{}' cannot be read: {}", name, code.message()), where,
                   "look at the disk and at who may read the folder"});
    }
    if (code || !entry.is_object() || entry.value("bytes", uintmax_t{0}) != bytes) {
      return fail({ErrorCode::kBadData, fmt::format("file '{}' is missing or its size differs from its manifest", name),
                   where, hint});
    }
    if (verify == Verify::kChecksums) {
      HAINA_TRY(const std::string checksum, sha256_of(folder / name));
      if (entry.value("sha256", "") != checksum) {
        return fail({ErrorCode::kBadData, fmt::format("the checksum of file '{}' differs from its manifest", name),
                     where, hint});
      }
    }
  }
  return manifest;
}

}  // namespace haina
