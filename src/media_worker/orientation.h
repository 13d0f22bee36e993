// How a decoded picture must be turned to stand upright: cameras store what their sensor saw, and a note beside it.
#pragma once

#include <cstdint>
#include <span>

#include "media_worker/decode.h"

struct AVFrame;
struct AVStream;

namespace haina::media {

// As Exif numbers them, tag 0x0112: 1 is upright, 2 mirrored, 3 upside down, 6 and 8 are turned by a quarter.
using Orientation = int;

// As the frame says (JPEG), its metadata (WebP), the stream (films of telephones), or else the bytes of the file: a
// PNG's chunk eXIf or a TIFF's first directory, which FFmpeg 5.1 passes over. 1 where none of them says anything that
// can be read. Other angles than quarters: the nearest. Reads at most 4,096 chunks or entries.
Orientation orientation_of(const AVFrame& frame, AVStream& stream, std::span<const uint8_t> bytes);
// side x side pixels, turned upright.
Frame upright(const Frame& frame, int side, Orientation orientation);

}  // namespace haina::media
