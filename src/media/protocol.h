// What the program and its decoding process say to each other.
//
// The program writes lines: "pixels RESIZE SIDE KEEP" (of what follows also kPixels, see PixelForm), "file PATH",
// "archive SKIP PATH" (members after the first SKIP), "bytes COUNT" followed by so many bytes. The process answers with
// frames: a letter, the length as four bytes of this machine's order, the bytes.
#pragma once

#include <array>
#include <cstdint>

namespace haina::media {

enum class FrameTag : char {
  kItem = 'i',      // a file or a member of an archive begins: its name
  kPicture = 'p',   // float32 features
  kMotion = 'm',    // float32 features
  kSound = 's',     // float32 features
  kPixels = 'x',    // of one frame: SIDE x SIDE of red, green, blue, rows from the top
  kSmall = 'q',     // the picture, or the middle frame of a film, as kSmallPicture says
  kSpectrum = 't',  // the sound, as kSpectrogram says
  kBad = 'b',       // why the item gives nothing
  kEnd = 'e',       // the item ends
  kDone = 'd',      // the line is done with; the bytes say what is wrong with an archive as a whole, if anything
};

inline constexpr uint32_t kMostFrameBytes = 1 << 20;
// Channels, height, width of what a network of Haina's own sees, bytes of channel after channel. Red, green, blue; mel
// bands, the highest last, in equal parts of the sound's first minute: 9 x (14 + natural logarithm of the power).
inline constexpr std::array<int64_t, 3> kSmallPicture = {3, 32, 32};
inline constexpr std::array<int64_t, 3> kSpectrogram = {1, 32, 64};
inline constexpr int64_t kMostFileBytes = int64_t{1} << 28;  // 256 MiB: a larger file is not decoded
inline constexpr int kMostPixelSide = 512;
inline constexpr int kMostPixelFrames = 4;  // of a film
static_assert(kMostPixelSide * kMostPixelSide * 3 <= kMostFrameBytes);
// To be raised when features of the same bytes change: features of other versions are not used.
inline constexpr int kFeaturesVersion = 3;

}  // namespace haina::media
