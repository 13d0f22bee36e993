#include "media_worker/images.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "media_worker/spectrum.h"

namespace haina::media {
namespace {

constexpr int64_t kBandsOfImage = kSpectrogram[1], kParts = kSpectrogram[2];
constexpr double kSilence = 1e-6;  // power that is added before the logarithm
constexpr double kOffset = 14, kSteps = 9;
static_assert(kPictureSide % kSmallPicture[1] == 0 && kSmallPicture[1] == kSmallPicture[2]);

}  // namespace

std::vector<uint8_t> small_picture(std::span<const Frame> frames) {
  constexpr int64_t kSide = kSmallPicture[1], kFactor = kPictureSide / kSide;
  const Frame& frame = frames[frames.size() / 2];
  std::vector<uint8_t> image;
  for (int64_t channel = 0; channel < 3; ++channel) {
    for (int64_t y = 0; y < kSide; ++y) {
      for (int64_t x = 0; x < kSide; ++x) {
        int64_t sum = kFactor * kFactor / 2;  // rounds
        for (int64_t i = 0; i < kFactor * kFactor; ++i) {
          const int64_t from_y = y * kFactor + i / kFactor, from_x = x * kFactor + i % kFactor;
          sum += frame[static_cast<size_t>((from_y * kPictureSide + from_x) * 3 + channel)];
        }
        image.push_back(static_cast<uint8_t>(sum / (kFactor * kFactor)));
      }
    }
  }
  return image;
}

std::vector<uint8_t> spectrogram(std::span<const float> samples) {
  static const std::vector<PowerSpectrum> kMelBands = mel_bands(static_cast<int>(kBandsOfImage));
  Spectrum spectrum;
  if (!spectrum.works()) {
    return {};
  }
  const std::vector<float> padded = clean_samples(samples);
  std::vector<std::array<double, kBandsOfImage>> windows;
  for (size_t at = 0; at + kWindow <= padded.size(); at += kStep) {
    const PowerSpectrum power = spectrum.power(&padded[at]);
    auto& bands = windows.emplace_back();
    for (size_t band = 0; band < bands.size(); ++band) {
      for (size_t bin = 0; bin < power.size(); ++bin) {
        bands[band] += power[bin] * kMelBands[band][bin];
      }
    }
  }
  std::vector<uint8_t> image(static_cast<size_t>(kBandsOfImage * kParts));
  const int64_t count = std::ssize(windows);
  for (int64_t part = 0; part < kParts; ++part) {
    const int64_t begin = part * count / kParts, end = std::max(begin + 1, (part + 1) * count / kParts);
    for (int64_t band = 0; band < kBandsOfImage; ++band) {
      double sum = 0;
      for (int64_t window = begin; window < end; ++window) {
        sum += windows[static_cast<size_t>(window)][static_cast<size_t>(band)];
      }
      const double level = kSteps * (kOffset + std::log(sum / static_cast<double>(end - begin) + kSilence));
      image[static_cast<size_t>(band * kParts + part)] =
          static_cast<uint8_t>(std::clamp(std::round(level), 0.0, 255.0));
    }
  }
  return image;
}

}  // namespace haina::media
