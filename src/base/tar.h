// Archives in the format of tar: plain POSIX ustar, with pax headers for long names and files of 8 GiB and more. Any
// tar program lists and unpacks them.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/files.h"

namespace haina {

class TarWriter {
 public:
  static Result<TarWriter> create(const std::filesystem::path& path);
  // A file's header; exactly `bytes` bytes of it are written next, by any number of calls.
  Status begin_file(const std::string& name, uint64_t bytes);
  Status write(std::string_view bytes);
  // A second name of a file that was written before.
  Status add_link(const std::string& name, const std::string& target);
  // Ends the archive and makes it durable.
  Status close();

 private:
  explicit TarWriter(FileWriter file) : file_(std::move(file)) {}
  Status write_header(const std::string& name, uint64_t bytes, char type, const std::string& target);
  Status pad();
  FileWriter file_;
  uint64_t written_ = 0;  // of the current file
};

class TarReader {
 public:
  static Result<TarReader> open(const std::filesystem::path& path);
  struct Entry {
    std::string name;
    uint64_t bytes = 0;
    std::string target;  // not empty: a second name of that file
  };
  // The next entry, at whose first byte read() then is; nothing at the archive's end. Directories are skipped. kBadData
  // where a header is damaged, of another format or cut off.
  Result<std::optional<Entry>> next();
  // The next bytes of the entry, at most `most`; none at its end. kBadData where the archive is cut off.
  Result<std::string_view> read(size_t most = 1 << 20);

 private:
  struct Header {
    Entry entry;
    char type = '0';
  };
  TarReader(std::filesystem::path path, std::FILE* file) : path_(std::move(path)), file_(file, &std::fclose) {}
  tl::unexpected<Error> damaged(const std::string& what) const;
  Result<std::optional<Header>> read_header();
  Status skip_rest();
  std::filesystem::path path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::string buffer_;
  uint64_t left_ = 0;     // bytes of the entry that were not read
  uint64_t padding_ = 0;  // that follow them
  uint64_t at_ = 0;       // bytes read of the archive
};

}  // namespace haina
