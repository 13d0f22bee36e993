#include "data/io/text_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/suggest.h"
#include "base/utf8.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr size_t kHead = 1 << 12;
constexpr size_t kPiece = 1 << 20;  // bytes read at a time where they must be converted

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

std::string utf16_to_utf8(std::string_view bytes, Encoding encoding) {
  const auto unit = [&](size_t i) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<uint32_t>(encoding == Encoding::kUtf16Big ? first << 8 | second : second << 8 | first);
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
      append_utf8(code, text);  // half a pair becomes invalid UTF-8, so its row is rejected
    }
  }
  if (i < bytes.size()) {
    text += '\xFF';
  }
  return text;
}

std::string convert(std::string_view bytes, Encoding encoding) {
  return encoding == Encoding::kLatin1 ? latin1_to_utf8(bytes) : utf16_to_utf8(bytes, encoding);
}

// By the source's setting or a byte order mark; nothing if only the whole text can tell UTF-8 from Latin-1.
Result<std::optional<Encoding>> declared_encoding(std::string_view head, const SourceConfig& source) {
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

// In bytes; 0 if the text has no byte order mark.
size_t byte_order_mark(std::string_view head, std::optional<Encoding> encoding) {
  const bool wide = encoding == Encoding::kUtf16Little || encoding == Encoding::kUtf16Big;
  return wide && (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) ? 2
         : !wide && head.starts_with("\xEF\xBB\xBF")                            ? 3
                                                                                : 0;
}

}  // namespace

std::string_view to_string(Encoding encoding) {
  return encoding == Encoding::kUtf8 ? "utf-8" : encoding == Encoding::kLatin1 ? "latin-1" : "utf-16";
}

void EncodingDetector::add(std::string_view lines) {
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
  if (encoding != Encoding::kLatin1 && !at_end_) {
    whole -= whole % 2;
    // A first half of a surrogate pair at the end waits for the second. The offset of its telling byte is counted from
    // the end.
    const size_t high = encoding == Encoding::kUtf16Big ? 2 : 1;
    whole -= whole >= 2 && (static_cast<unsigned char>(raw_[whole - high]) & 0xFCU) == 0xD8 ? 2 : 0;
  }
  put(convert(std::string_view(raw_).substr(0, whole), encoding));
  raw_.erase(0, whole);
  return ok();
}

Result<std::string_view> TextStream::text(size_t window) {
  std::copy(buffer_.begin() + static_cast<ptrdiff_t>(begin_), buffer_.begin() + static_cast<ptrdiff_t>(end_),
            buffer_.begin());
  end_ -= std::exchange(begin_, 0);
  const Encoding encoding = encoding_.value_or(Encoding::kUtf8);
  while (!at_end() && end_ < window) {
    HAINA_OK(encoding == Encoding::kUtf8 ? fill_utf8(window) : fill_decoded(encoding));
  }
  return std::string_view(buffer_.data(), end_);
}

Result<DecodedText> decode_text(std::string_view bytes, const SourceConfig& source, std::string& storage) {
  HAINA_TRY(std::optional<Encoding> encoding, declared_encoding(bytes, source));
  bytes.remove_prefix(byte_order_mark(bytes, encoding));
  if (!encoding && !is_valid_utf8(bytes)) {
    EncodingDetector detector;
    detector.add(bytes);
    encoding = detector.verdict();
  }
  if (encoding.value_or(Encoding::kUtf8) == Encoding::kUtf8) {
    return DecodedText{.text = bytes};
  }
  storage = convert(bytes, *encoding);
  return DecodedText{.text = storage, .encoding = *encoding};
}

}  // namespace haina
