// A source's bytes: its files found, unpacked, and its text decoded to UTF-8.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/config.h"

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

// UTF-8 without a byte order mark. What is invalid stays invalid, for the row's own check to find; UTF-16 that is no
// text becomes such bytes. Without a given encoding a BOM decides; latin-1 is guessed only where two lines or more, and
// most of those beyond ASCII, are not UTF-8. The view is of `bytes` itself, or of `decoded`, which then holds the text.
Result<std::string_view> decode_text(std::string_view bytes, const SourceConfig& source, nlohmann::json& seen,
                                     std::string& decoded);

}  // namespace haina
