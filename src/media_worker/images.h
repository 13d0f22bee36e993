// Small images for networks of Haina's own, which are trained on them: see kSmallPicture and kSpectrogram.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "media/protocol.h"
#include "media_worker/decode.h"

namespace haina::media {

// The middle one of the frames, each pixel the mean of those that it covers. frames: not empty.
std::vector<uint8_t> small_picture(std::span<const Frame> frames);
// The mean power of each band over the windows of each part of the sound; parts of a sound with fewer windows than
// parts repeat the nearest window. Empty where there is no transform.
std::vector<uint8_t> spectrogram(std::span<const float> samples);

}  // namespace haina::media
