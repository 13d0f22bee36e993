#include "data/image_cell.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace haina {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string to_base64(std::span<const uint8_t> bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - at);
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) {
      group = group << 8U | (i < count ? bytes[at + i] : 0U);
    }
    for (size_t i = 0; i < 4; ++i) {
      text += i <= count ? kDigits[group >> (18 - 6 * i) & 63U] : '=';
    }
  }
  return text;
}

// Nothing where a character is no digit, or the length is not that of `count` bytes.
std::optional<std::vector<uint8_t>> from_base64(std::string_view text, size_t count) {
  if (text.size() != (count + 2) / 3 * 4) {
    return std::nullopt;
  }
  const size_t digits = (count * 8 + 5) / 6;
  if (text.substr(digits).find_first_not_of('=') != std::string_view::npos) {
    return std::nullopt;
  }
  std::vector<uint8_t> bytes;
  bytes.reserve(count);
  uint32_t group = 0;
  int bits = 0;
  for (const char digit : text.substr(0, digits)) {
    const size_t value = kDigits.find(digit);
    if (value == std::string_view::npos) {
      return std::nullopt;
    }
    group = (group << 6U | static_cast<uint32_t>(value)) & 0xFFFFU;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<uint8_t>(group >> bits & 0xFFU));
    }
  }
  return bytes;
}

// "3x32x32"; nothing for sides below 1 and for more bytes than an image may have.
std::optional<ImageShape> parse_shape(std::string_view text) {
  ImageShape shape = {};
  int64_t bytes = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), shape[i]);
    if (code != std::errc() || shape[i] < 1 || shape[i] > kMostImageBytes || (bytes *= shape[i]) > kMostImageBytes) {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    const bool last = i + 1 == shape.size();
    if (last ? !text.empty() : !text.starts_with('x')) {
      return std::nullopt;
    }
    text.remove_prefix(last ? 0 : 1);
  }
  return shape;
}

}  // namespace

std::string image_cell(const ImageShape& shape, std::span<const uint8_t> bytes) {
  HAINA_ASSERT(shape[0] * shape[1] * shape[2] == std::ssize(bytes));
  return fmt::format("{}x{}x{}:{}", shape[0], shape[1], shape[2], to_base64(bytes));
}

std::optional<Image> parse_image_cell(std::string_view text) {
  const size_t colon = text.find(':');
  const auto shape = parse_shape(text.substr(0, colon));
  if (!shape || colon == std::string_view::npos) {
    return std::nullopt;
  }
  auto bytes = from_base64(text.substr(colon + 1), static_cast<size_t>((*shape)[0] * (*shape)[1] * (*shape)[2]));
  return bytes ? std::optional(Image{*shape, std::move(*bytes)}) : std::nullopt;
}

}  // namespace haina
