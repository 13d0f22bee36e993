// The bytes of a source: finds its files, reads and decompresses them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "config/config.h"

namespace arrow::io {
class InputStream;
}
namespace arrow::util {
class Codec;
}

namespace haina {

// The files that a source's path names, in sorted order; "-" stands for standard input. Expands ${NAME}, globs, and the
// {item} and {user} of media sources. kNotFound if a pattern matches no file.
Result<std::vector<std::filesystem::path>> expand_paths(const SourceConfig& source, const std::filesystem::path& base);

// Of a media source whose path leads into an archive ("posters.tar/{item}.jpg"): what names the members, "{item}.jpg";
// empty for other paths. expand_paths() gives the archive.
std::string members_pattern(const SourceConfig& source, const std::filesystem::path& base);

// The file's name without a last .gz or .zst.
std::filesystem::path uncompressed_name(const std::filesystem::path& path);

// The contents of one file in memory. Large buffers use huge pages where the system has them: the kernel needs longer
// to clear a gigabyte of small pages than to read the file.
class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(std::string text) : text_(std::move(text)) {}
  static Bytes uninitialised(size_t size);
  std::string_view view() const {
    return memory_ == nullptr ? std::string_view(text_) : std::string_view(memory_.get(), size_);
  }
  char* data() { return memory_.get(); }

 private:
  struct Free {
    void operator()(char* memory) const;
  };
  std::string text_;
  std::unique_ptr<char, Free> memory_;
  size_t size_ = 0;
};
// All bytes of a file, or the first `most`; gzip and zstd are decompressed, whatever the file's name is. "-" reads
// standard input.
Result<Bytes> read_bytes(const std::filesystem::path& path, size_t most = std::string::npos);

// Reads one file, not a pipe, from its begin to its end; gzip and zstd are decompressed.
class ByteStream {
 public:
  static Result<ByteStream> open(const std::filesystem::path& path);
  ByteStream(ByteStream&& other) noexcept;
  ByteStream& operator=(ByteStream&&) = delete;
  ~ByteStream();
  // The next `most` bytes; fewer only at the end.
  Result<size_t> read(char* into, size_t most);

 private:
  explicit ByteStream(std::filesystem::path path);
  std::filesystem::path path_;
  int file_ = -1;
  int64_t at_ = 0, size_ = 0;
  std::shared_ptr<arrow::util::Codec> codec_;
  std::shared_ptr<arrow::io::InputStream> decompressed_;  // used instead of file_ if compressed
};

}  // namespace haina
