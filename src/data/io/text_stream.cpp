#include "data/io/text_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/suggest.h"
#include "base/utf8.h"
#include "config/text_encodings.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr size_t kHead = 1 << 12;
constexpr size_t kLooked = 1 << 16;  // bytes by which the ends of lines are found
constexpr size_t kPiece = 1 << 20;   // bytes read at a time where they must be converted

// Whether lines end with CR alone: there is one, and no LF outside quotes.
bool has_lone_returns(std::string_view text) {
  bool quoted = false;
  bool lone = false;
  for (size_t i = 0; i < text.size(); ++i) {
    quoted = quoted != (text[i] == '"');
    if (!quoted && text[i] == '\n') {
      return false;
    }
    lone |= !quoted && text[i] == '\r';
  }
  return lone;
}

// By the source's setting or a byte order mark; nothing if only the whole text can tell UTF-8 from Latin-1.
Result<std::optional<Encoding>> declared_encoding(std::string_view head, const SourceConfig& source) {
  const std::string& named = source.encoding;
  const std::optional<Encoding> known = encoding_of_name(named);
  if (!named.empty() && !known) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("unknown encoding '{}'", named), source.place,
                 did_you_mean(named, text_encodings())});
  }
  const bool big = head.starts_with("\xFE\xFF");
  if (named == "utf-16" || (named.empty() && (big || head.starts_with("\xFF\xFE")))) {
    const bool mark = big || head.starts_with("\xFF\xFE");
    const std::optional<Encoding> without = mark ? std::nullopt : utf16_without_mark(head.substr(0, kHead));
    return big ? Encoding::kUtf16Big : without.value_or(Encoding::kUtf16Little);
  }
  return named.empty() ? utf16_without_mark(head.substr(0, kHead)) : known;
}

// In bytes; 0 if the text has no byte order mark.
size_t byte_order_mark(std::string_view head, std::optional<Encoding> encoding) {
  const bool wide = encoding == Encoding::kUtf16Little || encoding == Encoding::kUtf16Big;
  return wide && (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) ? 2
         : !wide && head.starts_with("\xEF\xBB\xBF")                            ? 3
                                                                                : 0;
}

}  // namespace

Result<TextStream> TextStream::open(const fs::path& path, const SourceConfig& source, std::optional<Encoding> known) {
  HAINA_TRY(ByteStream bytes, ByteStream::open(path));
  std::string head(kHead, '\0');
  HAINA_TRY(const size_t got, bytes.read(head.data(), head.size()));
  TextStream stream(std::move(bytes), head.substr(0, got));
  stream.at_end_ = got < head.size();
  HAINA_TRY(stream.encoding_, declared_encoding(stream.head_, source));
  stream.encoding_ = stream.encoding_ ? stream.encoding_ : known;
  stream.raw_ = stream.head_.substr(byte_order_mark(stream.head_, stream.encoding_));
  return stream;
}

void TextStream::put(std::string_view text) {
  if (end_ + text.size() > buffer_.size()) {
    buffer_.resize(std::max(end_ + text.size(), 2 * buffer_.size()));
  }
  std::ranges::copy(text, buffer_.begin() + static_cast<ptrdiff_t>(end_));
  end_ += text.size();
}

// Straight into buffer_: UTF-8 needs no conversion.
Status TextStream::fill_utf8(size_t window) {
  put(std::exchange(raw_, {}));
  if (!at_end_ && end_ < window) {
    buffer_.resize(std::max(window, buffer_.size()));
    const size_t wanted = buffer_.size() - end_;
    HAINA_TRY(const size_t got, bytes_.read(buffer_.data() + end_, wanted));
    end_ += got;
    at_end_ = got < wanted;
  }
  return ok();
}

Status TextStream::fill_decoded(Encoding encoding) {
  if (!at_end_) {
    const size_t begin = raw_.size();
    raw_.resize(begin + kPiece);
    HAINA_TRY(const size_t got, bytes_.read(raw_.data() + begin, kPiece));
    raw_.resize(begin + got);
    at_end_ = got < kPiece;
  }
  size_t whole = raw_.size();
  const bool wide = encoding == Encoding::kUtf16Little || encoding == Encoding::kUtf16Big;
  if (!wide && !at_end_) {  // a letter may have several bytes, but none of them is a line's end
    const size_t line_end = raw_.find_last_of("\n\r");
    whole = line_end == std::string::npos ? 0 : line_end + 1;
  }
  if (wide && !at_end_) {
    whole -= whole % 2;
    // A first half of a surrogate pair at the end waits for the second. The offset of its telling byte is counted from
    // the end.
    const size_t high = encoding == Encoding::kUtf16Big ? 2 : 1;
    whole -= whole >= 2 && (static_cast<unsigned char>(raw_[whole - high]) & 0xFCU) == 0xD8 ? 2 : 0;
  }
  put(decode(std::string_view(raw_).substr(0, whole), encoding));
  raw_.erase(0, whole);
  return ok();
}

Result<std::string_view> TextStream::text(size_t window) {
  std::copy(buffer_.begin() + static_cast<ptrdiff_t>(begin_), buffer_.begin() + static_cast<ptrdiff_t>(end_),
            buffer_.begin());
  end_ -= std::exchange(begin_, 0);
  const Encoding encoding = encoding_.value_or(Encoding::kUtf8);
  const size_t known = end_;
  while (!at_end() && end_ < window) {
    HAINA_OK(encoding == Encoding::kUtf8 ? fill_utf8(window) : fill_decoded(encoding));
  }
  if (!lone_returns_) {
    lone_returns_ = has_lone_returns(std::string_view(buffer_.data(), std::min(end_, kLooked)));
  }
  if (*lone_returns_) {
    std::replace(buffer_.begin() + static_cast<ptrdiff_t>(known), buffer_.begin() + static_cast<ptrdiff_t>(end_), '\r',
                 '\n');
  }
  return std::string_view(buffer_.data(), end_);
}

Result<DecodedText> decode_text(std::string_view bytes, const SourceConfig& source, std::string& storage) {
  HAINA_TRY(std::optional<Encoding> encoding, declared_encoding(bytes, source));
  bytes.remove_prefix(byte_order_mark(bytes, encoding));
  DecodedText decoded = {.text = bytes};
  if (!encoding && !is_valid_utf8(bytes)) {
    EncodingDetector detector;
    detector.add(bytes);
    EncodingDetector::Guess guess = detector.guess();
    encoding = guess.encoding;
    decoded.near = guess.near;
    decoded.sample = std::move(guess.sample);
    decoded.invalid_lines = detector.invalid_lines();
  }
  decoded.encoding = encoding.value_or(Encoding::kUtf8);
  if (decoded.encoding != Encoding::kUtf8) {
    storage = decode(bytes, decoded.encoding);
    decoded.text = storage;
  }
  if (has_lone_returns(decoded.text.substr(0, kLooked))) {
    storage = std::string(decoded.text);
    std::ranges::replace(storage, '\r', '\n');
    decoded.text = storage;
  }
  return decoded;
}

}  // namespace haina
