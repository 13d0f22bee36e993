#include "data/io/byte_stream.h"

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
#include <cstring>

#include "base/files.h"
#include "base/suggest.h"
#include "base/utf8.h"

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

// A file that is no folder, open for reading.
Result<int> open_file(const fs::path& path, struct stat& about) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 || ::fstat(file, &about) != 0 || S_ISDIR(about.st_mode)) {
    errno = file >= 0 && S_ISDIR(about.st_mode) ? EISDIR : errno;
    const Error error = io_error(path, "cannot read");
    if (file >= 0) {
      ::close(file);
    }
    return fail(error);
  }
  return file;
}

// So many bytes from `begin`, on all cores; an error where the file has become shorter.
Status read_range(int file, const fs::path& path, int64_t begin, size_t size, char* into) {
  constexpr int64_t kPiece = 2 << 20;
  std::atomic<int> trouble = 0;
  at::parallel_for(0, (static_cast<int64_t>(size) + kPiece - 1) / kPiece, 1, [&](int64_t first, int64_t last) {
    const auto end = std::min(static_cast<int64_t>(size), last * kPiece);
    for (int64_t at = first * kPiece; at < end && trouble == 0;) {
      const ssize_t got = ::pread(file, into + at, static_cast<size_t>(end - at), begin + at);
      if (got <= 0 && !(got < 0 && errno == EINTR)) {
        trouble = got == 0 ? EIO : errno;  // shorter than it was a moment ago
      }
      at += std::max<ssize_t>(0, got);
    }
  });
  if (trouble != 0) {
    errno = trouble;
    return fail(io_error(path, "cannot read"));
  }
  return ok();
}

// The first `most` bytes of a plain file.
Result<Bytes> read_plain(const fs::path& path, size_t most) {
  struct stat about = {};
  HAINA_TRY(const int file, open_file(path, about));
  if (!S_ISREG(about.st_mode)) {  // a pipe has no size
    ::close(file);
    HAINA_TRY(std::string text, read_text(path));
    text.resize(std::min(text.size(), most));
    return Bytes(std::move(text));
  }
  const auto size = std::min(static_cast<size_t>(about.st_size), most);
  Bytes bytes = size == 0 ? Bytes(std::string()) : Bytes::uninitialised(size);
  const Status status = read_range(file, path, 0, size, bytes.data());
  ::close(file);
  HAINA_OK(status);
  return bytes;
}

bool is_packed(const fs::path& path) { return path.extension() == ".gz" || path.extension() == ".zst"; }

arrow::Result<std::shared_ptr<arrow::io::InputStream>> unpack(const fs::path& path,
                                                              std::shared_ptr<arrow::util::Codec>& codec) {
  ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::ReadableFile::Open(path.string()));
  ARROW_ASSIGN_OR_RAISE(codec, arrow::util::Codec::Create(path.extension() == ".gz" ? arrow::Compression::GZIP
                                                                                    : arrow::Compression::ZSTD));
  return arrow::io::CompressedInputStream::Make(codec.get(), file);
}

Error damaged(const fs::path& path, const arrow::Status& status, size_t byte) {
  return {ErrorCode::kBadData, "damaged or truncated compressed file: " + status.message(),
          fmt::format("{}:byte {}", path.string(), byte), "copy the file again from where it came"};
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
  if (!is_packed(path)) {
    return read_plain(path, most);
  }
  HAINA_TRY(ByteStream stream, ByteStream::open(path));
  std::string text;
  for (size_t got = 1; got > 0 && text.size() < most;) {
    const size_t begin = text.size();
    text.resize(begin + (1 << 20));
    HAINA_TRY(got, stream.read(text.data() + begin, 1 << 20));
    text.resize(begin + got);
  }
  text.resize(std::min(text.size(), most));
  return Bytes(std::move(text));
}

ByteStream::ByteStream(fs::path path) : path_(std::move(path)) {}

ByteStream::ByteStream(ByteStream&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      at_(other.at_),
      size_(other.size_),
      codec_(std::move(other.codec_)),
      unpacked_(std::move(other.unpacked_)) {}

ByteStream::~ByteStream() {
  if (file_ >= 0) {
    ::close(file_);
  }
}

Result<ByteStream> ByteStream::open(const fs::path& path) {
  ByteStream stream(path);
  struct stat about = {};
  HAINA_TRY(stream.file_, open_file(path, about));
  stream.size_ = about.st_size;
  if (is_packed(path)) {
    auto unpacked = unpack(path, stream.codec_);
    if (!unpacked.ok()) {
      return fail(damaged(path, unpacked.status(), 0));
    }
    stream.unpacked_ = std::move(*unpacked);
  }
  return stream;
}

Result<size_t> ByteStream::read(char* into, size_t most) {
  size_t done = 0;
  if (unpacked_ == nullptr) {
    done = std::min(most, static_cast<size_t>(size_ - at_));
    HAINA_OK(read_range(file_, path_, at_, done, into));
  }
  while (unpacked_ != nullptr && done < most) {
    const arrow::Result<int64_t> got = unpacked_->Read(static_cast<int64_t>(most - done), into + done);
    if (!got.ok()) {
      return fail(damaged(path_, got.status(), static_cast<size_t>(at_) + done));
    }
    if (*got == 0) {
      break;
    }
    done += static_cast<size_t>(*got);
  }
  at_ += static_cast<int64_t>(done);
  return done;
}

std::string_view to_string(Encoding encoding) {
  return encoding == Encoding::kUtf8 ? "utf-8" : encoding == Encoding::kLatin1 ? "latin-1" : "utf-16";
}

void EncodingCensus::add(std::string_view lines) {
  for (size_t at = 0; at < lines.size();) {
    const size_t end = std::min(lines.find('\n', at), lines.size());
    const std::string_view line = lines.substr(at, end - at);
    if (std::ranges::any_of(line, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
      ++beyond_ascii_;
      invalid_ += is_valid_utf8(line) ? 0 : 1;
    }
    at = end + 1;
  }
}

namespace {

// Nothing where only a walk through all of the text can tell UTF-8 from latin-1.
Result<std::optional<Encoding>> encoding_of(std::string_view head, const SourceConfig& source) {
  static const std::vector<std::string> known = {"utf-8", "latin-1", "utf-16"};
  const std::string& named = source.encoding;
  if (!named.empty() && std::ranges::find(known, named) == known.end()) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("unknown encoding '{}'", named), source.place,
                 did_you_mean(named, known)});
  }
  const bool big = head.starts_with("\xFE\xFF");
  if (named == "utf-16" || (named.empty() && (big || head.starts_with("\xFF\xFE")))) {
    return big ? Encoding::kUtf16Big : Encoding::kUtf16Little;
  }
  return named.empty() ? std::optional<Encoding>() : named == "latin-1" ? Encoding::kLatin1 : Encoding::kUtf8;
}

size_t length_of_mark(std::string_view head, std::optional<Encoding> encoding) {
  const bool wide = encoding == Encoding::kUtf16Little || encoding == Encoding::kUtf16Big;
  return wide && (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) ? 2
         : !wide && head.starts_with("\xEF\xBB\xBF")                            ? 3
                                                                                : 0;
}

}  // namespace

Result<TextStream> TextStream::open(const fs::path& path, const SourceConfig& source, std::optional<Encoding> settled) {
  HAINA_TRY(ByteStream bytes, ByteStream::open(path));
  std::string head(1 << 12, '\0');
  HAINA_TRY(const size_t got, bytes.read(head.data(), head.size()));
  TextStream stream(std::move(bytes), head.substr(0, got));
  stream.at_end_ = got < head.size();
  HAINA_TRY(stream.encoding_, encoding_of(stream.head_, source));
  stream.encoding_ = stream.encoding_ ? stream.encoding_ : settled;
  stream.raw_ = stream.head_.substr(length_of_mark(stream.head_, stream.encoding_));
  return stream;
}

void TextStream::put(std::string_view text) {
  if (end_ + text.size() > buffer_.size()) {
    buffer_.resize(std::max(end_ + text.size(), 2 * buffer_.size()));
  }
  std::ranges::copy(text, buffer_.begin() + static_cast<ptrdiff_t>(end_));
  end_ += text.size();
}

Result<std::string_view> TextStream::text(size_t window) {
  std::copy(buffer_.begin() + static_cast<ptrdiff_t>(begin_), buffer_.begin() + static_cast<ptrdiff_t>(end_),
            buffer_.begin());
  end_ -= std::exchange(begin_, 0);
  const Encoding encoding = encoding_.value_or(Encoding::kUtf8);
  while (!at_end() && end_ < window) {
    if (encoding == Encoding::kUtf8) {
      put(std::exchange(raw_, {}));
      if (!at_end_ && end_ < window) {
        buffer_.resize(std::max(window, buffer_.size()));
        const size_t wanted = buffer_.size() - end_;
        HAINA_TRY(const size_t got, bytes_.read(buffer_.data() + end_, wanted));
        end_ += got;
        at_end_ = got < wanted;
      }
      continue;
    }
    if (!at_end_) {
      const size_t begin = raw_.size();
      raw_.resize(begin + (1 << 20));
      HAINA_TRY(const size_t got, bytes_.read(raw_.data() + begin, 1 << 20));
      raw_.resize(begin + got);
      at_end_ = got < 1 << 20;
    }
    size_t whole = raw_.size();
    if (encoding != Encoding::kLatin1 && !at_end_) {
      whole -= whole % 2;
      const size_t high = encoding == Encoding::kUtf16Big ? 2 : 1;  // counted from the end: the byte that tells halves
      whole -= whole >= 2 && (static_cast<unsigned char>(raw_[whole - high]) & 0xFCU) == 0xD8 ? 2 : 0;
    }
    const std::string_view now = std::string_view(raw_).substr(0, whole);
    put(encoding == Encoding::kLatin1 ? latin1_to_utf8(now) : utf16_to_utf8(now, encoding == Encoding::kUtf16Big));
    raw_.erase(0, whole);
  }
  return std::string_view(buffer_.data(), end_);
}

Result<std::string_view> decode_text(std::string_view bytes, const SourceConfig& source, nlohmann::json& seen,
                                     std::string& decoded) {
  HAINA_TRY(std::optional<Encoding> encoding, encoding_of(bytes, source));
  bytes.remove_prefix(length_of_mark(bytes, encoding));
  if (!encoding && !is_valid_utf8(bytes)) {
    EncodingCensus census;
    census.add(bytes);
    encoding = census.verdict();
  }
  if (encoding.value_or(Encoding::kUtf8) == Encoding::kUtf8) {
    return bytes;
  }
  seen["encoding"] = to_string(*encoding);
  decoded =
      *encoding == Encoding::kLatin1 ? latin1_to_utf8(bytes) : utf16_to_utf8(bytes, *encoding == Encoding::kUtf16Big);
  return decoded;
}

}  // namespace haina
