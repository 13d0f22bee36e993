#include "synth/make_clip.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "synth/little_endian.h"

namespace haina {
namespace {

constexpr double kSquare = 8;  // pixels wide
constexpr int kFrameBytes = 3 * kShopClipSide * kShopClipSide;
constexpr uint32_t kHasIndex = 0x10, kKeyFrame = 0x10;

// How much of pixel x lies in the square that begins at `left` and goes round the edge.
double covered_share(int x, double left) {
  double share = 0;
  for (const double shift : {0.0, static_cast<double>(kShopClipSide)}) {
    const double begin = std::max<double>(x, left - shift), end = std::min<double>(x + 1, left - shift + kSquare);
    share += std::max(0.0, end - begin);
  }
  return share;
}

std::string words_of_32_bits(std::initializer_list<uint32_t> numbers) {
  std::string bytes;
  for (const uint32_t number : numbers) {
    append_little_endian(bytes, number, 4);
  }
  return bytes;
}

// "hdrl": one stream of uncompressed pictures.
std::string avi_headers(uint32_t num_frames) {
  const std::string main = words_of_32_bits({1'000'000 / kShopClipRate, kFrameBytes * kShopClipRate, 0, kHasIndex,
                                             num_frames, 0, 1, kFrameBytes, kShopClipSide, kShopClipSide, 0, 0, 0, 0});
  std::string stream = std::string("vids") + std::string("DIB ");
  stream += words_of_32_bits({0, 0, 0, 1, kShopClipRate, 0, num_frames, kFrameBytes, 0xffffffffU, 0});
  for (const uint32_t edge : {0, 0, kShopClipSide, kShopClipSide}) {
    append_little_endian(stream, edge, 2);
  }
  std::string picture = words_of_32_bits({40, kShopClipSide, kShopClipSide});  // BITMAPINFOHEADER
  append_little_endian(picture, 1, 2);                                         // planes
  append_little_endian(picture, 24, 2);                                        // bits a pixel
  picture += words_of_32_bits({0, kFrameBytes, 0, 0, 0, 0});
  return riff_chunk("LIST", "hdrl" + riff_chunk("avih", main) +
                                riff_chunk("LIST", "strl" + riff_chunk("strh", stream) + riff_chunk("strf", picture)));
}

}  // namespace

std::vector<std::vector<uint8_t>> make_shop_clip(double speed, RandomStream& stream) {
  double left = kShopClipSide * stream.uniform();
  const double step = stream.below(2) == 0 ? speed : -speed;
  const auto top = static_cast<int>(stream.below(kShopClipSide - static_cast<int>(kSquare) + 1));
  std::vector<std::vector<uint8_t>> frames;
  for (int f = 0; f < kShopClipFrames; ++f) {
    std::vector<uint8_t>& frame = frames.emplace_back();
    for (int y = 0; y < kShopClipSide; ++y) {
      const bool in_rows = y >= top && y < top + static_cast<int>(kSquare);
      for (int x = 0; x < kShopClipSide; ++x) {
        frame.push_back(static_cast<uint8_t>(40.5 + 180 * (in_rows ? covered_share(x, left) : 0)));
      }
    }
    left += step;
    left -= kShopClipSide * std::floor(left / kShopClipSide);
  }
  return frames;
}

std::string avi_of_frames(std::span<const std::vector<uint8_t>> frames) {
  std::string movie = "movi", index;
  for (const std::vector<uint8_t>& frame : frames) {
    index += "00db";
    index += words_of_32_bits({kKeyFrame, static_cast<uint32_t>(movie.size()), kFrameBytes});
    std::string picture;
    for (int y = kShopClipSide - 1; y >= 0; --y) {  // bitmaps begin at the bottom
      for (int x = 0; x < kShopClipSide; ++x) {
        picture.append(3, static_cast<char>(frame[static_cast<size_t>(y) * kShopClipSide + static_cast<size_t>(x)]));
      }
    }
    movie += riff_chunk("00db", picture);
  }
  const auto num_frames = static_cast<uint32_t>(frames.size());
  return riff_chunk("RIFF", "AVI " + avi_headers(num_frames) + riff_chunk("LIST", movie) + riff_chunk("idx1", index));
}

}  // namespace haina
