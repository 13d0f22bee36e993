// The text of a source's files as UTF-8: encodings are detected and decoded here, nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "data/io/byte_stream.h"
#include "data/io/encodings.h"

namespace haina {

// A file's text in windows, as UTF-8 without a byte order mark. Lines that end with CR alone end with LF here. Invalid
// input stays invalid UTF-8, so that the check of each row finds it; half a surrogate pair of UTF-16 also becomes
// invalid UTF-8.
class TextStream {
 public:
  // kInvalidArgument if the source names an unknown encoding. `known`: the encoding that an earlier pass over the file
  // found; the source's own setting and a byte order mark go before it.
  static Result<TextStream> open(const std::filesystem::path& path, const SourceConfig& source,
                                 std::optional<Encoding> known);
  // Nothing: not known yet. The text is then read as UTF-8, and the caller must look for invalid rows.
  std::optional<Encoding> encoding() const { return encoding_; }
  // The first bytes of the file, at most 4 KiB, not decoded.
  std::string_view head() const { return head_; }
  // The text after what drop() took: at least `window` bytes, or all of the rest (at_end() is then true). Valid until
  // the next call.
  Result<std::string_view> text(size_t window);
  void drop(size_t bytes) { begin_ += bytes; }
  bool at_end() const { return at_end_ && raw_.empty(); }

 private:
  TextStream(ByteStream bytes, std::string head) : bytes_(std::move(bytes)), head_(std::move(head)) {}
  void put(std::string_view text);
  Status fill_utf8(size_t window);
  Status fill_decoded(Encoding encoding);

  ByteStream bytes_;
  std::string head_;
  std::optional<Encoding> encoding_;
  std::string raw_;  // read and not decoded yet
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;        // of the decoded text in buffer_
  bool at_end_ = false;               // of the bytes
  std::optional<bool> lone_returns_;  // lines end with CR alone; not known before the first text
};

struct DecodedText {
  std::string_view text;  // UTF-8 without a byte order mark
  Encoding encoding = Encoding::kUtf8;
  std::optional<Encoding> near = {};  // another that fits nearly as well, if it was detected
  std::string sample = {};            // some words as decoded, if it was detected
  int64_t invalid_lines = 0;          // that are not UTF-8, in a text taken for UTF-8
};

// Decodes a whole text in memory in the same way. The result is a view of `bytes`, or of `storage` if the bytes had to
// be converted.
Result<DecodedText> decode_text(std::string_view bytes, const SourceConfig& source, std::string& storage);

}  // namespace haina
