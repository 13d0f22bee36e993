#include "data/read_input.h"

#include <ATen/Parallel.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "base/files.h"
#include "base/suggest.h"
#include "data/delimited.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

Result<std::string> read_standard_input() {
  std::string text;
  std::vector<char> buffer(1 << 16);
  while (true) {
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got == 0) {
      return text;
    }
    if (got < 0 && errno != EINTR) {
      return fail(io_error("standard input", "cannot read"));
    }
    text.append(buffer.data(), got < 0 ? 0 : static_cast<size_t>(got));
  }
}

// The first `most` bytes of a plain file, on all cores.
Result<Bytes> read_plain(const fs::path& path, size_t most) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat about = {};
  if (file < 0 || ::fstat(file, &about) != 0 || S_ISDIR(about.st_mode)) {
    errno = file >= 0 && S_ISDIR(about.st_mode) ? EISDIR : errno;
    const Error error = io_error(path, "cannot read");
    if (file >= 0) {
      ::close(file);
    }
    return fail(error);
  }
  if (!S_ISREG(about.st_mode)) {  // a pipe has no size
    ::close(file);
    HAINA_TRY(std::string text, read_text(path));
    text.resize(std::min(text.size(), most));
    return Bytes(std::move(text));
  }
  const auto size = std::min(static_cast<size_t>(about.st_size), most);
  Bytes bytes = size == 0 ? Bytes(std::string()) : Bytes::uninitialised(size);
  constexpr int64_t kPiece = 16 << 20;
  std::atomic<int> trouble = 0;
  at::parallel_for(0, (static_cast<int64_t>(size) + kPiece - 1) / kPiece, 1, [&](int64_t first, int64_t last) {
    const auto end = std::min(static_cast<int64_t>(size), last * kPiece);
    for (int64_t at = first * kPiece; at < end && trouble == 0;) {
      const ssize_t got = ::pread(file, bytes.data() + at, static_cast<size_t>(end - at), at);
      if (got <= 0 && !(got < 0 && errno == EINTR)) {
        trouble = got == 0 ? EIO : errno;  // shorter than it was a moment ago
      }
      at += std::max<ssize_t>(0, got);
    }
  });
  ::close(file);
  if (trouble != 0) {
    errno = trouble;
    return fail(io_error(path, "cannot read"));
  }
  return bytes;
}

bool is_latin1(std::string_view text) {
  int64_t beyond_ascii = 0;
  int64_t invalid = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (std::ranges::any_of(line, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
      ++beyond_ascii;
      invalid += is_valid_utf8(line) ? 0 : 1;
    }
    at = end + 1;
  }
  return invalid >= 2 && 2 * invalid > beyond_ascii;
}

void append_utf8(uint32_t code, std::string& text) {
  const auto put = [&](uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

std::string utf16_to_utf8(std::string_view bytes, bool big_endian) {
  const auto unit = [&](size_t i) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<uint32_t>(big_endian ? first << 8 | second : second << 8 | first);
  };
  std::string text;
  text.reserve(bytes.size());
  size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) {
    const uint32_t code = unit(i);
    const bool high = code >= 0xD800 && code < 0xDC00;
    const uint32_t low = high && i + 3 < bytes.size() ? unit(i + 2) : 0;
    if (high && low >= 0xDC00 && low < 0xE000) {
      append_utf8(0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00), text);
      i += 2;
    } else {
      append_utf8(code, text);  // half a pair comes out as invalid UTF-8, so its row is refused
    }
  }
  if (i < bytes.size()) {
    text += '\xFF';
  }
  return text;
}

}  // namespace

Result<std::vector<fs::path>> expand_paths(const SourceConfig& source, const fs::path& base) {
  if (source.path == "-") {
    return std::vector<fs::path>{"-"};
  }
  HAINA_TRY(std::string expanded, expand_environment(source.path, source.place));
  for (const char* const slot : {"{item}", "{user}"}) {
    if (const size_t at = expanded.find(slot); source.kind == SourceKind::kMedia && at != std::string::npos) {
      expanded = expanded.substr(0, at) + "*" + expanded.substr(at + 6);
    }
  }
  const fs::path path = fs::path(expanded).is_absolute() ? fs::path(expanded) : base / expanded;
  if (expanded.find_first_of("*?[") == std::string::npos) {
    return std::vector<fs::path>{path};
  }
  glob_t found = {};
  std::vector<fs::path> paths;
  if (::glob(path.c_str(), 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  if (paths.empty()) {
    return fail(
        {ErrorCode::kNotFound, fmt::format("no file matches '{}'", path.string()), source.place, "check the pattern"});
  }
  return paths;
}

Bytes Bytes::uninitialised(size_t size) {
  constexpr size_t kHugePage = 2 << 20;
  Bytes bytes;
  bytes.size_ = size;
  const size_t room = (size + kHugePage - 1) / kHugePage * kHugePage;
  bytes.memory_.reset(static_cast<char*>(std::aligned_alloc(kHugePage, room)));
  if (bytes.memory_ == nullptr) {
    throw std::bad_alloc();
  }
  ::madvise(bytes.memory_.get(), room, MADV_HUGEPAGE);  // advice: no matter if it is not taken
  return bytes;
}

void Bytes::Free::operator()(char* memory) const { std::free(memory); }

Result<Bytes> read_bytes(const fs::path& path, size_t most) {
  if (path == "-") {
    HAINA_TRY(std::string text, read_standard_input());
    return Bytes(std::move(text));
  }
  const std::string extension = path.extension().string();
  if (extension != ".gz" && extension != ".zst") {
    return read_plain(path, most);
  }
  std::string text;
  const auto read = [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::ReadableFile::Open(path.string()));
    ARROW_ASSIGN_OR_RAISE(const auto codec, arrow::util::Codec::Create(extension == ".gz" ? arrow::Compression::GZIP
                                                                                          : arrow::Compression::ZSTD));
    ARROW_ASSIGN_OR_RAISE(const auto stream, arrow::io::CompressedInputStream::Make(codec.get(), file));
    while (text.size() < most) {
      ARROW_ASSIGN_OR_RAISE(const auto buffer, stream->Read(1 << 20));
      if (buffer->size() == 0) {
        return arrow::Status::OK();
      }
      text.append(reinterpret_cast<const char*>(buffer->data()), static_cast<size_t>(buffer->size()));
    }
    text.resize(std::min(text.size(), most));
    return arrow::Status::OK();
  };
  std::error_code code;
  if (!fs::exists(path, code)) {
    errno = ENOENT;
    return fail(io_error(path, "cannot read"));
  }
  if (const arrow::Status status = read(); !status.ok()) {
    return fail({ErrorCode::kBadData, "damaged or truncated compressed file: " + status.message(),
                 fmt::format("{}:byte {}", path.string(), text.size()), "copy the file again from where it came"});
  }
  return Bytes(std::move(text));
}

Result<std::string_view> decode_text(std::string_view bytes, const SourceConfig& source, nlohmann::json& seen,
                                     std::string& decoded) {
  static const std::vector<std::string> known = {"utf-8", "latin-1", "utf-16"};
  const std::string& encoding = source.encoding;
  if (!encoding.empty() && std::ranges::find(known, encoding) == known.end()) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("unknown encoding '{}'", encoding), source.place,
                 did_you_mean(encoding, known)});
  }
  const bool little = bytes.starts_with("\xFF\xFE");
  const bool big = bytes.starts_with("\xFE\xFF");
  if (encoding == "utf-16" || (encoding.empty() && (little || big))) {
    seen["encoding"] = "utf-16";
    decoded = utf16_to_utf8(bytes.substr(little || big ? 2 : 0), big);
    return decoded;
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) {
    bytes.remove_prefix(3);
  }
  if (encoding == "latin-1" || (encoding.empty() && !is_valid_utf8(bytes) && is_latin1(bytes))) {
    seen["encoding"] = "latin-1";
    decoded = latin1_to_utf8(bytes);
    return decoded;
  }
  return bytes;
}

}  // namespace haina
