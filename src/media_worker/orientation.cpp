#include "media_worker/orientation.h"

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
}

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace haina::media {
namespace {

constexpr size_t kMostEntries = 4096;  // of a TIFF directory, or chunks of a PNG
constexpr uint16_t kTag = 0x0112;
constexpr Orientation kUpright = 1;

// Where a stored pixel is shown: x and y change places first, then are counted from the other end.
struct Turn {
  bool swaps = false, from_right = false, from_below = false;
};
constexpr std::array<Turn, 9> kTurns = {Turn{},
                                        Turn{},
                                        Turn{.from_right = true},
                                        Turn{.from_right = true, .from_below = true},
                                        Turn{.from_below = true},
                                        Turn{.swaps = true},
                                        Turn{.swaps = true, .from_right = true},
                                        Turn{.swaps = true, .from_right = true, .from_below = true},
                                        Turn{.swaps = true, .from_below = true}};

Orientation checked(Orientation orientation) { return orientation >= 1 && orientation <= 8 ? orientation : kUpright; }

// A whole number of `width` bytes at that place; 0 beyond the end.
uint32_t number_in(std::span<const uint8_t> bytes, size_t at, size_t width, bool little) {
  uint32_t number = 0;
  if (at > bytes.size() || bytes.size() - at < width) {
    return 0;
  }
  for (size_t i = 0; i < width; ++i) {
    number = number << 8U | bytes[at + (little ? width - 1 - i : i)];
  }
  return number;
}

bool begins_with(std::span<const uint8_t> bytes, const char* text, size_t length) {
  return bytes.size() >= length && std::memcmp(bytes.data(), text, length) == 0;
}

// "II*\0" or "MM\0*", then where the first directory is: a count, and entries of 12 bytes: tag, type, count, value.
Orientation of_tiff(std::span<const uint8_t> bytes) {
  const bool little = begins_with(bytes, "II*\0", 4);
  if (!little && !begins_with(bytes, "MM\0*", 4)) {
    return kUpright;
  }
  const size_t directory = number_in(bytes, 4, 4, little);
  const size_t entries = std::min<size_t>(kMostEntries, number_in(bytes, directory, 2, little));
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + 12 * i;
    if (number_in(bytes, entry, 2, little) == kTag) {
      return checked(static_cast<Orientation>(number_in(bytes, entry + 8, 2, little)));
    }
  }
  return kUpright;
}

// Chunks of a length, a name, the bytes and a checksum.
Orientation of_png(std::span<const uint8_t> bytes) {
  size_t at = 8;
  for (size_t chunk = 0; chunk < kMostEntries && at + 8 <= bytes.size(); ++chunk) {
    const size_t length = number_in(bytes, at, 4, false);
    if (length > bytes.size() - at - 8) {
      break;
    }
    if (begins_with(bytes.subspan(at + 4), "eXIf", 4)) {
      return of_tiff(bytes.subspan(at + 8, length));
    }
    at += length + 12;
  }
  return kUpright;
}

// Of a display matrix of FFmpeg, nine numbers.
Orientation of_matrix(const int32_t* matrix) {
  // (x, y) is shown at (a x + c y, b x + d y), up to a shift.
  const int64_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  const bool swaps = std::abs(b) + std::abs(c) > std::abs(a) + std::abs(d);
  const bool from_right = (swaps ? c : a) < 0, from_below = (swaps ? b : d) < 0;
  const auto found = std::find_if(kTurns.begin() + 1, kTurns.end(), [&](const Turn& turn) {
    return turn.swaps == swaps && turn.from_right == from_right && turn.from_below == from_below;
  });
  return static_cast<Orientation>(found - kTurns.begin());
}

}  // namespace

Orientation orientation_of(const AVFrame& frame, AVStream& stream, std::span<const uint8_t> bytes) {
  constexpr size_t kMatrixBytes = 9 * sizeof(int32_t);
  if (const AVFrameSideData* const side = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
      side != nullptr && side->size >= kMatrixBytes) {
    return of_matrix(reinterpret_cast<const int32_t*>(side->data));
  }
  if (const AVDictionaryEntry* const noted = av_dict_get(frame.metadata, "Orientation", nullptr, 0)) {
    return checked(std::atoi(noted->value));
  }
  size_t size = 0;
  const uint8_t* const matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (matrix != nullptr && size >= kMatrixBytes) {
    return of_matrix(reinterpret_cast<const int32_t*>(matrix));
  }
  return begins_with(bytes, "\x89PNG\r\n\x1A\n", 8) ? of_png(bytes) : of_tiff(bytes);
}

Frame upright(const Frame& frame, int side, Orientation orientation) {
  const Turn turn = kTurns[static_cast<size_t>(checked(orientation))];
  if (orientation == kUpright) {
    return frame;
  }
  Frame shown(frame.size());
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const int to_x = turn.swaps ? y : x, to_y = turn.swaps ? x : y;
      const int column = turn.from_right ? side - 1 - to_x : to_x;
      const int row = turn.from_below ? side - 1 - to_y : to_y;
      std::copy_n(frame.begin() + 3 * (y * side + x), 3, shown.begin() + 3 * (row * side + column));
    }
  }
  return shown;
}

}  // namespace haina::media
