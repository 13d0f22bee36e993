// Pictures, sounds and films from bytes that nobody vouches for, by FFmpeg's libraries. Runs in a process of its own,
// see main.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace haina::media {

inline constexpr int kPictureSide = 64;          // pixels of a decoded frame, each way: features need no more
inline constexpr int kSampleRate = 16000;        // of decoded sound, one channel
inline constexpr int kMostSeconds = 60;          // of sound, from the start
inline constexpr int kMostFrames = 16;           // of a film, evenly spread
inline constexpr int64_t kMostPixels = 1 << 27;  // of a frame before it is scaled: 134 million

// kPictureSide x kPictureSide pixels, rows from the top, red, green, blue.
using Frame = std::vector<uint8_t>;

// See haina::PixelForm; nothing is cut where side is 0.
struct PixelCut {
  int resize = 0, side = 0;
  bool keep_ratio = true;
};

struct Decoded {
  bool is_film = false;
  std::vector<Frame> frames = {};   // one of a picture, up to kMostFrames of a film in order of time
  std::vector<Frame> pixels = {};   // the same frames, at most kMostPixelFrames of them, as `cut` says
  std::vector<float> samples = {};  // of the first audio stream, in [-1, 1] at kSampleRate
};

// What the bytes are is told from the bytes alone. The error is a sentence without the file's name.
tl::expected<Decoded, std::string> decode(std::span<const uint8_t> bytes, const PixelCut& cut);

}  // namespace haina::media
