#include "synth/draw_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace haina {
namespace {

std::array<double, 3> rgb_of_hsv(double hue, double saturation, double value) {
  std::array<double, 3> rgb{};
  for (size_t c = 0; c < 3; ++c) {
    // As in Smith, "Color gamut transform pairs" (1978): each colour rises and falls along the circle.
    const double place = hue * 6 + std::array{5.0, 3.0, 1.0}[c];
    const double around = place - 6 * std::floor(place / 6);
    rgb[c] = value * (1 - saturation * std::clamp(std::min(around, 4 - around), 0.0, 1.0));
  }
  return rgb;
}

// x, y from the middle of the shape, in units of its size.
bool shape_covers(int64_t shape, double x, double y) {
  switch (shape) {
    case 0:
      return x * x + y * y < 1;
    case 1:
      return std::max(std::abs(x), std::abs(y)) < 0.9;
    default:
      return y < 0.8 && y > 2 * std::abs(x) - 1;
  }
}

uint8_t byte_of(double value) { return static_cast<uint8_t>(std::lround(std::clamp(value, 0.0, 1.0) * 255)); }

void append_big_endian(std::string& bytes, uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(number >> shift & 0xff);
  }
}

// CRC-32 of ISO 3309, as PNG asks for.
uint32_t crc_of(std::string_view bytes) {
  static const std::array<uint32_t, 256> kTable = [] {
    std::array<uint32_t, 256> made{};
    for (uint32_t n = 0; n < made.size(); ++n) {
      uint32_t c = n;
      for (int bit = 0; bit < 8; ++bit) {
        c = (c & 1) != 0 ? 0xedb88320U ^ (c >> 1) : c >> 1;
      }
      made[n] = c;
    }
    return made;
  }();
  uint32_t crc = 0xffffffffU;
  for (const char byte : bytes) {
    crc = kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xff] ^ (crc >> 8);
  }
  return ~crc;
}

uint32_t adler_of(std::string_view bytes) {
  uint32_t a = 1, b = 0;
  for (const char byte : bytes) {
    a = (a + static_cast<uint8_t>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

void append_chunk(std::string& png, std::string_view type, std::string_view data) {
  append_big_endian(png, static_cast<uint32_t>(data.size()));
  const std::string body = std::string(type) + std::string(data);
  png += body;
  append_big_endian(png, crc_of(body));
}

// A zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4).
std::string stored_zlib(std::string_view data) {
  std::string stream = "\x78\x01";
  for (size_t begin = 0; begin < data.size();) {
    const size_t length = std::min<size_t>(data.size() - begin, 0xffff);
    stream += begin + length == data.size() ? '\1' : '\0';
    for (const size_t number : {length, length ^ 0xffff}) {
      stream += static_cast<char>(number & 0xff);
      stream += static_cast<char>(number >> 8);
    }
    stream += data.substr(begin, length);
    begin += length;
  }
  append_big_endian(stream, adler_of(data));
  return stream;
}

}  // namespace

std::vector<uint8_t> draw_shop_picture(double hue, RandomStream& stream) {
  const double ground = 0.25 + 0.5 * stream.uniform();
  const std::array<double, 3> colour = rgb_of_hsv(hue, 0.85, 0.6 + 0.35 * stream.uniform());
  const int64_t shape = stream.below(3);
  const double size = 16 + 8 * stream.uniform();
  const double middle_x = 24 + 16 * stream.uniform(), middle_y = 24 + 16 * stream.uniform();
  std::vector<uint8_t> pixels;
  pixels.reserve(size_t{3} * kShopPictureSide * kShopPictureSide);
  for (int y = 0; y < kShopPictureSide; ++y) {
    for (int x = 0; x < kShopPictureSide; ++x) {
      const bool covered = shape_covers(shape, (x + 0.5 - middle_x) / size, (y + 0.5 - middle_y) / size);
      const double grain = 0.04 * (stream.uniform() - 0.5);
      for (const double channel : colour) {
        pixels.push_back(byte_of((covered ? channel : ground) + grain));
      }
    }
  }
  return pixels;
}

std::string png_of_pixels(std::span<const uint8_t> pixels, int width, int height) {
  std::string png = "\x89PNG\r\n\x1a\n", header, rows;
  append_big_endian(header, static_cast<uint32_t>(width));
  append_big_endian(header, static_cast<uint32_t>(height));
  header += std::string("\x08\x02\0\0\0", 5);  // 8 bits, RGB, deflate, no filter, not interlaced
  append_chunk(png, "IHDR", header);
  const size_t row_bytes = 3 * static_cast<size_t>(width);
  for (size_t y = 0; y < static_cast<size_t>(height); ++y) {
    rows += '\0';  // each row as it is
    for (const uint8_t byte : pixels.subspan(y * row_bytes, row_bytes)) {
      rows += static_cast<char>(byte);
    }
  }
  append_chunk(png, "IDAT", stored_zlib(rows));
  append_chunk(png, "IEND", "");
  return png;
}

}  // namespace haina
