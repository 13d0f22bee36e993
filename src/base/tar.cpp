#include "base/tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <numeric>

namespace haina {
namespace {

constexpr uint64_t kBlock = 512;
constexpr uint64_t kLargestOctal = uint64_t{1} << 33U;  // 8 GiB: eleven octal digits
constexpr uint64_t kLongestPax = 1 << 20;
constexpr char kFile = '0', kLink = '1', kFolder = '5', kPax = 'x', kOldFile = '\0';

// The fields of a ustar header, as bytes.
struct Fields {
  std::array<char, 100> name;
  std::array<char, 8> mode, uid, gid;
  std::array<char, 12> size, mtime;
  std::array<char, 8> checksum;
  char type;
  std::array<char, 100> target;
  std::array<char, 8> magic;  // with the version
  std::array<char, 32> user, group;
  std::array<char, 8> major, minor;
  std::array<char, 155> prefix;
  std::array<char, 12> unused;
};
static_assert(sizeof(Fields) == kBlock);

template <size_t N>
void put_text(std::array<char, N>& field, std::string_view text) {
  std::memcpy(field.data(), text.data(), std::min(N, text.size()));
}
template <size_t N>
void put_octal(std::array<char, N>& field, uint64_t number) {
  put_text(field, fmt::format("{:0{}o}", number, N - 1));
}
template <size_t N>
std::string text_of(const std::array<char, N>& field) {
  return {field.data(), ::strnlen(field.data(), N)};
}
// nullopt where it is no octal number.
template <size_t N>
std::optional<uint64_t> octal_of(const std::array<char, N>& field) {
  std::string text = text_of(field);
  text.erase(0, text.find_first_not_of(' '));
  while (!text.empty() && text.back() == ' ') {
    text.pop_back();
  }
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 8);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

uint64_t checksum_of(Fields fields) {
  fields.checksum.fill(' ');
  std::array<unsigned char, kBlock> bytes;
  std::memcpy(bytes.data(), &fields, kBlock);
  return std::accumulate(bytes.begin(), bytes.end(), uint64_t{0});
}

// "27 path=some/long/name\n": the number counts the whole line, itself included.
std::string pax_line(const std::string& key, const std::string& value) {
  const size_t rest = key.size() + value.size() + 3;
  size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) {
    length = std::to_string(length).size() + rest;
  }
  return fmt::format("{} {}={}\n", length, key, value);
}

// Takes path, linkpath and size from a pax header. False where it cannot be read.
bool read_pax(std::string_view text, TarReader::Entry& over, bool& has_size) {
  while (!text.empty()) {
    size_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    const size_t digits = static_cast<size_t>(end - text.data());
    if (error != std::errc() || length <= digits + 1 || length > text.size() || text[length - 1] != '\n') {
      return false;
    }
    const std::string_view pair = text.substr(digits + 1, length - digits - 2);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      return false;
    }
    const std::string_view key = pair.substr(0, equals), value = pair.substr(equals + 1);
    if (key == "path") {
      over.name = value;
    } else if (key == "linkpath") {
      over.target = value;
    } else if (key == "size") {
      const auto [last, wrong] = std::from_chars(value.data(), value.data() + value.size(), over.bytes);
      has_size = wrong == std::errc() && last == value.data() + value.size();
      if (!has_size) {
        return false;
      }
    }
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

Result<TarWriter> TarWriter::create(const std::filesystem::path& path) {
  HAINA_TRY(FileWriter file, FileWriter::create(path));
  return TarWriter(std::move(file));
}

Status TarWriter::write_header(const std::string& name, uint64_t bytes, char type, const std::string& target) {
  Fields fields = {};
  std::string pax;
  if (name.size() > fields.name.size()) {
    pax += pax_line("path", name);
  }
  if (target.size() > fields.target.size()) {
    pax += pax_line("linkpath", target);
  }
  if (bytes >= kLargestOctal) {
    pax += pax_line("size", std::to_string(bytes));
  }
  if (!pax.empty()) {
    HAINA_OK(write_header("pax", pax.size(), kPax, ""));
    HAINA_OK(write(pax));
    HAINA_OK(pad());
  }
  put_text(fields.name, name);
  put_octal(fields.mode, 0600);
  put_octal(fields.uid, 0);
  put_octal(fields.gid, 0);
  put_octal(fields.size, bytes % kLargestOctal);
  put_octal(fields.mtime, 0);
  fields.type = type;
  put_text(fields.target, target);
  put_text(fields.magic, std::string_view("ustar\00000", 8));
  put_octal(fields.checksum, checksum_of(fields));
  return file_.write({reinterpret_cast<const char*>(&fields), kBlock});
}

Status TarWriter::begin_file(const std::string& name, uint64_t bytes) {
  HAINA_OK(pad());
  return write_header(name, bytes, kFile, "");
}

Status TarWriter::write(std::string_view bytes) {
  written_ += bytes.size();
  return file_.write(bytes);
}

Status TarWriter::add_link(const std::string& name, const std::string& target) {
  HAINA_OK(pad());
  return write_header(name, 0, kLink, target);
}

Status TarWriter::pad() {
  const uint64_t over = written_ % kBlock;
  written_ = 0;
  return over == 0 ? ok() : file_.write(std::string(kBlock - over, '\0'));
}

Status TarWriter::close() {
  HAINA_OK(pad());
  HAINA_OK(file_.write(std::string(2 * kBlock, '\0')));
  return file_.close();
}

Result<TarReader> TarReader::open(const std::filesystem::path& path) {
  std::error_code code;
  if (std::filesystem::is_directory(path, code)) {
    errno = EISDIR;
    return fail(io_error(path, "cannot read"));
  }
  std::FILE* const file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) {
    return fail(io_error(path, "cannot read"));
  }
  return TarReader(path, file);
}

tl::unexpected<Error> TarReader::damaged(const std::string& what) const {
  return fail({ErrorCode::kBadData, "the archive is damaged: " + what, fmt::format("{}:byte {}", path_.string(), at_),
               "use another backup, or copy the file again"});
}

Status TarReader::skip_rest() {
  while (left_ > 0) {
    HAINA_OK(read());
  }
  std::array<char, kBlock> block;
  if (std::fread(block.data(), 1, padding_, file_.get()) != padding_) {
    return damaged("it is cut off");
  }
  at_ += padding_;
  padding_ = 0;
  return ok();
}

Result<std::optional<TarReader::Header>> TarReader::read_header() {
  HAINA_OK(skip_rest());
  Fields fields = {};
  const size_t got = std::fread(&fields, 1, kBlock, file_.get());
  if (std::ferror(file_.get()) != 0) {
    return fail(io_error(path_, "cannot read"));
  }
  if (got != kBlock) {
    return damaged("its end is missing");
  }
  const std::string_view bytes(reinterpret_cast<const char*>(&fields), kBlock);
  if (std::ranges::all_of(bytes, [](char c) { return c == '\0'; })) {
    return std::optional<Header>();
  }
  const auto sum = octal_of(fields.checksum), size = octal_of(fields.size);
  if (!sum || *sum != checksum_of(fields) || !size || text_of(fields.magic).substr(0, 5) != "ustar") {
    return damaged(at_ == 0 ? "it is no tar archive" : "a header is not sound");
  }
  at_ += kBlock;
  const std::string prefix = text_of(fields.prefix), name = text_of(fields.name);
  Header header = {.entry = {.name = prefix.empty() ? name : prefix + "/" + name, .bytes = *size, .target = ""},
                   .type = fields.type};
  if (header.type == kLink) {
    header.entry.target = text_of(fields.target);
  }
  return std::optional(header);
}

Result<std::optional<TarReader::Entry>> TarReader::next() {
  Entry over;
  bool has_size = false;
  while (true) {
    HAINA_TRY(const std::optional<Header> header, read_header());
    if (!header) {
      return std::optional<Entry>();
    }
    Entry entry = header->entry;
    if (header->type == kPax) {
      if (entry.bytes > kLongestPax) {
        return damaged("a header is too long");
      }
      left_ = entry.bytes;
      padding_ = (kBlock - left_ % kBlock) % kBlock;
      std::string text;
      while (left_ > 0) {
        HAINA_TRY(const std::string_view part, read());
        text += part;
      }
      if (!read_pax(text, over, has_size)) {
        return damaged("a pax header is not sound");
      }
      continue;
    }
    entry.name = over.name.empty() ? entry.name : over.name;
    entry.target = over.target.empty() ? entry.target : over.target;
    entry.bytes = has_size ? over.bytes : entry.bytes;
    if (header->type == kFolder) {
      over = {};
      has_size = false;
      continue;
    }
    if (header->type != kFile && header->type != kOldFile && header->type != kLink) {
      return damaged(fmt::format("'{}' is neither a file nor a link", entry.name));
    }
    left_ = header->type == kLink ? 0 : entry.bytes;
    padding_ = (kBlock - left_ % kBlock) % kBlock;
    return std::optional(entry);
  }
}

Result<std::string_view> TarReader::read(size_t most) {
  const size_t want = static_cast<size_t>(std::min<uint64_t>(left_, most));
  buffer_.resize(want);
  const size_t got = std::fread(buffer_.data(), 1, want, file_.get());
  if (std::ferror(file_.get()) != 0) {
    return fail(io_error(path_, "cannot read"));
  }
  if (got != want) {
    return damaged("it is cut off");
  }
  left_ -= got;
  at_ += got;
  return std::string_view(buffer_);
}

}  // namespace haina
