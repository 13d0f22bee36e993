// Decoded frames at the sizes that features and networks want.
#pragma once

extern "C" {
#include <libavutil/frame.h>
}

#include <string>
#include <tl/expected.hpp>

#include "media_worker/decode.h"

namespace haina::media {

// side x side pixels of the whole frame, whatever its ratio.
tl::expected<Frame, std::string> scaled(const AVFrame& frame, int side);
// cut.side x cut.side pixels from the middle of the frame, see PixelCut.
tl::expected<Frame, std::string> cut_out(const AVFrame& frame, const PixelCut& cut);

}  // namespace haina::media
