#include "data/read_input.h"

#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <glob.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

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

Result<std::string> read_head(const fs::path& path, size_t most) {
  std::ifstream file(path, std::ios::binary);
  std::string text(most, '\0');
  if (!file || fs::is_directory(path)) {
    errno = fs::is_directory(path) ? EISDIR : errno;
    return fail(io_error(path, "cannot read"));
  }
  file.read(text.data(), static_cast<std::streamsize>(most));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
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
    return fail({ErrorCode::kNotFound, fmt::format("no file matches '{}'", path.string()), source.place, "check the pattern"});
  }
  return paths;
}

Result<std::string> read_bytes(const fs::path& path, size_t most) {
  if (path == "-") {
    return read_standard_input();
  }
  const std::string extension = path.extension().string();
  if (extension != ".gz" && extension != ".zst") {
    return most == std::string::npos ? read_text(path) : read_head(path, most);
  }
  std::string text;
  const auto read = [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::ReadableFile::Open(path.string()));
    ARROW_ASSIGN_OR_RAISE(const auto codec, arrow::util::Codec::Create(extension == ".gz" ? arrow::Compression::GZIP : arrow::Compression::ZSTD));
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
    return fail({ErrorCode::kBadData, "damaged or truncated compressed file: " + status.message(), fmt::format("{}:byte {}", path.string(), text.size()),
                 "copy the file again from where it came"});
  }
  return text;
}

Result<std::string> decode_text(std::string bytes, const SourceConfig& source, nlohmann::json& seen) {
  static const std::vector<std::string> known = {"utf-8", "latin-1", "utf-16"};
  const std::string& encoding = source.encoding;
  if (!encoding.empty() && std::ranges::find(known, encoding) == known.end()) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("unknown encoding '{}'", encoding), source.place, did_you_mean(encoding, known)});
  }
  const bool little = bytes.starts_with("\xFF\xFE");
  const bool big = bytes.starts_with("\xFE\xFF");
  if (encoding == "utf-16" || (encoding.empty() && (little || big))) {
    seen["encoding"] = "utf-16";
    return utf16_to_utf8(std::string_view(bytes).substr(little || big ? 2 : 0), big);
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) {
    bytes.erase(0, 3);
  }
  if (encoding == "latin-1" || (encoding.empty() && !is_valid_utf8(bytes) && is_latin1(bytes))) {
    seen["encoding"] = "latin-1";
    return latin1_to_utf8(bytes);
  }
  return bytes;
}

}  // namespace haina
