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

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/files.h"

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

// Opens a file for reading; a folder is an error.
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

// Reads `size` bytes from offset `begin` on all cores. kIo if the file has become shorter.
Status read_range(int file, const fs::path& path, int64_t begin, size_t size, char* into) {
  constexpr int64_t kPiece = 2 << 20;
  std::atomic<int> trouble = 0;
  at::parallel_for(0, (static_cast<int64_t>(size) + kPiece - 1) / kPiece, 1, [&](int64_t first, int64_t last) {
    const auto end = std::min(static_cast<int64_t>(size), last * kPiece);
    for (int64_t at = first * kPiece; at < end && trouble == 0;) {
      const ssize_t got = ::pread(file, into + at, static_cast<size_t>(end - at), begin + at);
      if (got <= 0 && !(got < 0 && errno == EINTR)) {
        trouble = got == 0 ? EIO : errno;  // got == 0: the file was cut while it was read
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

// The first `most` bytes of a file that is not compressed.
Result<Bytes> read_plain(const fs::path& path, size_t most) {
  struct stat about = {};
  HAINA_TRY(const int file, open_file(path, about));
  if (!S_ISREG(about.st_mode)) {  // a pipe does not know its size
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

bool is_named_compressed(const fs::path& path) { return path.extension() == ".gz" || path.extension() == ".zst"; }

// By the first bytes, whatever the file's name is: people rename files, and some tools unpack without saying so.
std::optional<arrow::Compression::type> compression_of(const fs::path& path) {
  std::array<char, 4> begin = {};
  std::error_code code;
  const int file = fs::is_regular_file(path, code) ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : -1;
  const ssize_t got = file < 0 ? 0 : ::pread(file, begin.data(), begin.size(), 0);
  if (file >= 0) {
    ::close(file);
  }
  const std::string_view bytes(begin.data(), static_cast<size_t>(std::max<ssize_t>(0, got)));
  return bytes.starts_with("\x1F\x8B")           ? std::optional(arrow::Compression::GZIP)
         : bytes.starts_with("\x28\xB5\x2F\xFD") ? std::optional(arrow::Compression::ZSTD)
                                                 : std::nullopt;
}

arrow::Result<std::shared_ptr<arrow::io::InputStream>> open_compressed(const fs::path& path,
                                                                       arrow::Compression::type compression,
                                                                       std::shared_ptr<arrow::util::Codec>& codec) {
  ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::ReadableFile::Open(path.string()));
  ARROW_ASSIGN_OR_RAISE(codec, arrow::util::Codec::Create(compression));
  return arrow::io::CompressedInputStream::Make(codec.get(), file);
}

Error damaged(const fs::path& path, const arrow::Status& status, size_t byte) {
  return {ErrorCode::kBadData, "damaged or truncated compressed file: " + status.message(),
          fmt::format("{}:byte {}", path.string(), byte), "copy the file again from where it came"};
}

}  // namespace

std::string members_pattern(const SourceConfig& source, const fs::path& base) {
  const Result<std::string> expanded = expand_environment(source.path, source.place);
  if (source.kind != SourceKind::kMedia || !expanded) {
    return "";
  }
  const fs::path path = base / *expanded;  // an absolute path stays
  std::error_code code;
  for (fs::path file = path.parent_path(); file.has_relative_path(); file = file.parent_path()) {
    if (fs::is_regular_file(file, code)) {
      return path.lexically_relative(file).string();
    }
  }
  return "";
}

Result<std::vector<fs::path>> expand_paths(const SourceConfig& source, const fs::path& base) {
  if (source.path == "-") {
    return std::vector<fs::path>{"-"};
  }
  HAINA_TRY(std::string expanded, expand_environment(source.path, source.place));
  if (const std::string members = members_pattern(source, base); !members.empty()) {
    return std::vector<fs::path>{base / expanded.substr(0, expanded.size() - members.size() - 1)};
  }
  for (const char* const slot : {"{item}", "{user}"}) {
    if (const size_t at = expanded.find(slot); source.kind == SourceKind::kMedia && at != std::string::npos) {
      expanded = expanded.substr(0, at) + "*" + expanded.substr(at + 6);
    }
  }
  const fs::path path = fs::path(expanded).is_absolute() ? fs::path(expanded) : base / expanded;
  std::error_code none;
  if (expanded.find_first_of("*?[") == std::string::npos || fs::is_regular_file(path, none)) {
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

fs::path uncompressed_name(const fs::path& path) {
  return is_named_compressed(path) ? path.parent_path() / path.stem() : path;
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
  ::madvise(bytes.memory_.get(), room, MADV_HUGEPAGE);  // only a hint: failure changes nothing but speed
  return bytes;
}

void Bytes::Free::operator()(char* memory) const { std::free(memory); }

Result<Bytes> read_bytes(const fs::path& path, size_t most) {
  if (path == "-") {
    HAINA_TRY(std::string text, read_standard_input());
    return Bytes(std::move(text));
  }
  if (!compression_of(path)) {
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
      decompressed_(std::move(other.decompressed_)) {}

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
  if (const auto compression = compression_of(path)) {
    auto decompressed = open_compressed(path, *compression, stream.codec_);
    if (!decompressed.ok()) {
      return fail(damaged(path, decompressed.status(), 0));
    }
    stream.decompressed_ = std::move(*decompressed);
  }
  return stream;
}

Result<size_t> ByteStream::read(char* into, size_t most) {
  size_t done = 0;
  if (decompressed_ == nullptr) {
    done = std::min(most, static_cast<size_t>(size_ - at_));
    HAINA_OK(read_range(file_, path_, at_, done, into));
  }
  while (decompressed_ != nullptr && done < most) {
    const arrow::Result<int64_t> got = decompressed_->Read(static_cast<int64_t>(most - done), into + done);
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

}  // namespace haina
