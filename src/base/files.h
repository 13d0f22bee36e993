// Files and folders that are complete or absent: written under a temporary name, fsynced, renamed.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"

namespace haina {

// kIo (kNotFound for ENOENT) with the text of errno: "cannot open: No such file or directory".
Error io_error(const std::filesystem::path& path, const std::string& doing);

// Unbuffered sequential writer. Every failure (disk full, quota) is an Error. close() fsyncs; the caller removes a file
// that was not closed.
class FileWriter {
 public:
  static Result<FileWriter> create(const std::filesystem::path& path);
  FileWriter(FileWriter&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  FileWriter& operator=(FileWriter&&) = delete;
  ~FileWriter();
  Status write(std::string_view bytes);
  Status close();

 private:
  FileWriter(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::filesystem::path path_;
  int fd_;
};

Result<std::string> read_text(const std::filesystem::path& path);
// Complete or absent: written to `path.tmp`, fsynced, renamed.
Status write_text(const std::filesystem::path& path, std::string_view text);
Result<nlohmann::json> read_json(const std::filesystem::path& path);

// Hexadecimal SHA-256 of a file.
Result<std::string> sha256_of(const std::filesystem::path& path);

// A folder under construction, NAME.tmp-PID, beside its final path. commit() writes manifest.json (schema, checksums
// and sizes of every file, plus `about`), fsyncs everything and renames; an existing folder NAME is exchanged
// atomically and then removed. Without commit() the destructor removes the unfinished folder. create() removes the
// folders that killed processes left in the same parent; a running process holds a lock on its own.
class AtomicFolder {
 public:
  static Result<AtomicFolder> create(const std::filesystem::path& final_path);
  AtomicFolder(AtomicFolder&& other) noexcept
      : final_(std::move(other.final_)),
        temporary_(std::exchange(other.temporary_, {})),
        lock_(std::exchange(other.lock_, -1)) {}
  AtomicFolder& operator=(AtomicFolder&&) = delete;
  ~AtomicFolder();
  const std::filesystem::path& path() const { return temporary_; }  // write files here
  Status commit(const std::string& schema, const nlohmann::json& about);

 private:
  AtomicFolder(std::filesystem::path final_path, std::filesystem::path temporary, int lock)
      : final_(std::move(final_path)), temporary_(std::move(temporary)), lock_(lock) {}
  std::filesystem::path final_;
  std::filesystem::path temporary_;
  int lock_;  // descriptor of the locked folder; -1 after a move
};

// Removes the entries of `folder` that AtomicFolders of killed processes left.
void remove_left_behind(const std::filesystem::path& folder);

enum class Verify { kSizes, kChecksums };
// The manifest of a committed folder. kBadData if its schema ("haina.dataset/1") or its files' sizes or checksums
// differ.
Result<nlohmann::json> open_manifest(const std::filesystem::path& folder, const std::string& schema, Verify verify);

}  // namespace haina
