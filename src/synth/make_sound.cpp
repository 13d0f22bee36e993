#include "synth/make_sound.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "synth/little_endian.h"
#include "synth/portable_math.h"

namespace haina {
namespace {

constexpr size_t kTableLength = 4096;  // samples of one period

// Harmonics 1 to 5 with amplitudes 1, 1/2, … 1/5; largest value below 1.
const std::array<double, kTableLength>& tone_table() {
  static const std::array<double, kTableLength> kTable = [] {
    std::array<double, kTableLength> made{};
    for (size_t n = 0; n < made.size(); ++n) {
      for (int harmonic = 1; harmonic <= 5; ++harmonic) {
        made[n] += 0.5 * sine_of_turns(harmonic * static_cast<double>(n) / kTableLength) / harmonic;
      }
    }
    return made;
  }();
  return kTable;
}

}  // namespace

std::vector<int16_t> make_shop_sound(double pitch, RandomStream& stream) {
  const double loudness = 0.3 + 0.5 * stream.uniform();
  const double onset = 0.02 + 0.2 * stream.uniform();  // seconds
  std::vector<int16_t> samples;
  samples.reserve(kShopSampleRate);
  double turns = stream.uniform();
  for (int n = 0; n < kShopSampleRate; ++n) {
    const double seconds = static_cast<double>(n) / kShopSampleRate;
    const double envelope = std::min({1.0, seconds / onset, 4 * (1 - seconds)});
    const double tone = tone_table()[static_cast<size_t>(turns * kTableLength) % kTableLength];
    const double value = loudness * envelope * tone + 0.004 * (stream.uniform() - 0.5);
    samples.push_back(static_cast<int16_t>(std::floor(32767 * std::clamp(value, -1.0, 1.0) + 0.5)));
    turns += pitch / kShopSampleRate;
    turns -= std::floor(turns);
  }
  return samples;
}

std::string wav_of_samples(std::span<const int16_t> samples) {
  std::string format, data;
  append_little_endian(format, 1, 2);  // PCM
  append_little_endian(format, 1, 2);  // channels
  append_little_endian(format, kShopSampleRate, 4);
  append_little_endian(format, 2 * kShopSampleRate, 4);  // bytes a second
  append_little_endian(format, 2, 2);                    // bytes a sample
  append_little_endian(format, 16, 2);                   // bits a sample
  for (const int16_t sample : samples) {
    append_little_endian(data, static_cast<uint16_t>(sample), 2);
  }
  return riff_chunk("RIFF", "WAVE" + riff_chunk("fmt ", format) + riff_chunk("data", data));
}

}  // namespace haina
