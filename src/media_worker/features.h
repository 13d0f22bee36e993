// Numbers that describe a picture or a sound without a trained network: a baseline that needs no weights.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "media_worker/decode.h"

namespace haina::media {

// kPictureLength numbers: mean and deviation of lightness and two colour differences in 4 x 4 cells (96); a histogram
// of hue, saturation and value, 8 x 3 x 3 (72); gradient orientations in 4 x 4 cells of 8 directions (128), each cell
// of unit length, as in Dalal and Triggs, "Histograms of Oriented Gradients for Human Detection" (2005). Of a film: the
// mean over its frames.
inline constexpr int kPictureLength = 96 + 72 + 128;
std::vector<float> picture_features(std::span<const Frame> frames);

// 4 numbers: mean, deviation, largest of the difference of neighbouring frames' lightness, and the number of frames /
// kMostFrames.
inline constexpr int kMotionLength = 4;
std::vector<float> motion_features(std::span<const Frame> frames);

// kSoundLength numbers: mean and deviation over windows of 25 ms of 20 mel-frequency cepstral coefficients and of their
// changes (80), of loudness, spectral centroid, roll-off (85 %) and zero crossings (8). Mel scale: 2595 log10(1 + f /
// 700), 40 bands, 20 Hz to 8 kHz.
inline constexpr int kSoundLength = 88;
std::vector<float> sound_features(std::span<const float> samples);

}  // namespace haina::media
