// Sounds of the invented shop: one tone.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/seed.h"

namespace haina {

inline constexpr int kShopSampleRate = 16000;  // Hz, one channel

// One second of a tone of this pitch (Hz, below 1,500) with five harmonics, which swells and fades. Loudness, onset and
// a little noise are drawn. Size: kShopSampleRate.
std::vector<int16_t> make_shop_sound(double pitch, RandomStream& stream);

// A WAV of one channel of 16 bits at kShopSampleRate.
std::string wav_of_samples(std::span<const int16_t> samples);

}  // namespace haina
