// A source's bytes: its files found, unpacked, and its text decoded to UTF-8.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace arrow::io {
class InputStream;
}
namespace arrow::util {
class Codec;
}

namespace haina {

// The files a source names, in order; "-" alone is standard input.
Result<std::vector<std::filesystem::path>> expand_paths(const SourceConfig& source, const std::filesystem::path& base);

// The bytes of one file, unpacked where its name says .gz or .zst: all, or the first `most`. Memory is taken in huge
// pages where the system has them: a gigabyte in small ones takes longer to clear than to read.
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
Result<Bytes> read_bytes(const std::filesystem::path& path, size_t most = std::string::npos);

// The bytes of one file that is no pipe one after the other, unpacked where its name says .gz or .zst.
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
  std::shared_ptr<arrow::io::InputStream> unpacked_;  // instead of file_
};

enum class Encoding { kUtf8, kLatin1, kUtf16Little, kUtf16Big };
std::string_view to_string(Encoding encoding);  // "utf-8", "latin-1", "utf-16"

// Tells UTF-8 from latin-1: that it is where two lines or more, and most of those beyond ASCII, are not UTF-8.
class EncodingCensus {
 public:
  void add(std::string_view lines);
  Encoding verdict() const {
    return invalid_ >= 2 && 2 * invalid_ > beyond_ascii_ ? Encoding::kLatin1 : Encoding::kUtf8;
  }

 private:
  int64_t beyond_ascii_ = 0, invalid_ = 0;
};

// A file's text in pieces, as UTF-8 without a byte order mark. What is invalid stays invalid, for the row's own check
// to find; UTF-16 that is no text becomes such bytes.
class TextStream {
 public:
  // kInvalidArgument where the source names an unknown encoding. `settled`: what an earlier walk through the file
  // found.
  static Result<TextStream> open(const std::filesystem::path& path, const SourceConfig& source,
                                 std::optional<Encoding> settled);
  // As the source, a byte order mark or `settled` says. Nothing: read as UTF-8 as long as nothing speaks against it.
  std::optional<Encoding> encoding() const { return encoding_; }
  // The first bytes of the file, as they are.
  std::string_view head() const { return head_; }
  // The text from where drop() left off: at least `window` bytes of it unless at_end() is true then. Valid until the
  // next call.
  Result<std::string_view> text(size_t window);
  void drop(size_t bytes) { begin_ += bytes; }
  bool at_end() const { return at_end_ && raw_.empty(); }

 private:
  TextStream(ByteStream bytes, std::string head) : bytes_(std::move(bytes)), head_(std::move(head)) {}
  void put(std::string_view text);
  ByteStream bytes_;
  std::string head_;
  std::optional<Encoding> encoding_;
  std::string raw_;  // read and not decoded yet
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;  // of the text in buffer_
  bool at_end_ = false;         // of the bytes
};

// All of a text in memory, decoded in the same way: a view of `bytes` itself, or of `decoded`, which then holds it.
Result<std::string_view> decode_text(std::string_view bytes, const SourceConfig& source, nlohmann::json& seen,
                                     std::string& decoded);

}  // namespace haina
