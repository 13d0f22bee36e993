#include "media_worker/features.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "media_worker/spectrum.h"

namespace haina::media {
namespace {

constexpr int kCells = 4;                         // each way
constexpr int kCellSide = kPictureSide / kCells;  // pixels
constexpr int kDirections = 8;                    // over half a circle
constexpr int kHues = 8, kSaturations = 3, kValues = 3;

// The mean and the deviation of values that come one by one.
struct Moments {
  double sum = 0, squares = 0;
  int64_t count = 0;
  void add(double value) {
    sum += value;
    squares += value * value;
    ++count;
  }
  double mean() const { return count == 0 ? 0 : sum / static_cast<double>(count); }
  double deviation() const {
    return count == 0 ? 0 : std::sqrt(std::max(0.0, squares / static_cast<double>(count) - mean() * mean()));
  }
};

int cell_of(int x, int y) { return y / kCellSide * kCells + x / kCellSide; }

// Lightness in [0, 1] and the two colour differences of ITU-R BT.601, in [-0.5, 0.5].
std::array<double, 3> lightness_and_colour(const uint8_t* pixel) {
  const double red = pixel[0] / 255.0, green = pixel[1] / 255.0, blue = pixel[2] / 255.0;
  const double lightness = 0.299 * red + 0.587 * green + 0.114 * blue;
  return {lightness, 0.564 * (blue - lightness), 0.713 * (red - lightness)};
}

int colour_bin(const uint8_t* pixel) {
  const int high = std::max({pixel[0], pixel[1], pixel[2]}), low = std::min({pixel[0], pixel[1], pixel[2]});
  const double range = high - low;
  double hue = 0;  // in [0, 6)
  if (range > 0) {
    hue = high == pixel[0]   ? std::fmod((pixel[1] - pixel[2]) / range + 6, 6)
          : high == pixel[1] ? (pixel[2] - pixel[0]) / range + 2
                             : (pixel[0] - pixel[1]) / range + 4;
  }
  const double saturation = high == 0 ? 0 : range / high;
  const int h = std::min(kHues - 1, static_cast<int>(hue / 6 * kHues));
  const int s = std::min(kSaturations - 1, static_cast<int>(saturation * kSaturations));
  const int v = std::min(kValues - 1, static_cast<int>(high / 256.0 * kValues));
  return (h * kSaturations + s) * kValues + v;
}

std::vector<double> lightness_of(const Frame& frame) {
  std::vector<double> lightness;
  for (size_t at = 0; at + 2 < frame.size(); at += 3) {
    lightness.push_back(lightness_and_colour(&frame[at])[0]);
  }
  return lightness;
}

// Adds the orientations of one frame, each cell of unit length.
void add_orientations(const Frame& frame, float* into) {
  const std::vector<double> lightness = lightness_of(frame);
  const auto at = [&](int x, int y) { return lightness[static_cast<size_t>(y * kPictureSide + x)]; };
  std::array<double, static_cast<size_t>(kCells * kCells * kDirections)> sums = {};
  for (int y = 1; y + 1 < kPictureSide; ++y) {
    for (int x = 1; x + 1 < kPictureSide; ++x) {
      const double dx = at(x + 1, y) - at(x - 1, y), dy = at(x, y + 1) - at(x, y - 1);
      const double angle = std::fmod(std::atan2(dy, dx) + std::numbers::pi, std::numbers::pi) / std::numbers::pi;
      const int direction = std::min(kDirections - 1, static_cast<int>(angle * kDirections));
      sums[static_cast<size_t>(cell_of(x, y) * kDirections + direction)] += std::hypot(dx, dy);
    }
  }
  for (int cell = 0; cell < kCells * kCells; ++cell) {
    double* const of_cell = sums.data() + static_cast<ptrdiff_t>(cell) * kDirections;
    double length = 0.01;  // a flat cell stays near 0
    for (int d = 0; d < kDirections; ++d) {
      length += of_cell[d] * of_cell[d];
    }
    for (int d = 0; d < kDirections; ++d) {
      into[cell * kDirections + d] += static_cast<float>(of_cell[d] / std::sqrt(length));
    }
  }
}

void add_picture(const Frame& frame, std::vector<float>& into) {
  std::array<std::array<Moments, 3>, static_cast<size_t>(kCells * kCells)> cells;
  std::array<double, static_cast<size_t>(kHues * kSaturations * kValues)> histogram = {};
  for (int y = 0; y < kPictureSide; ++y) {
    for (int x = 0; x < kPictureSide; ++x) {
      const uint8_t* const pixel = &frame[static_cast<size_t>((y * kPictureSide + x) * 3)];
      const std::array<double, 3> values = lightness_and_colour(pixel);
      for (size_t c = 0; c < values.size(); ++c) {
        cells[static_cast<size_t>(cell_of(x, y))][c].add(values[c]);
      }
      histogram[static_cast<size_t>(colour_bin(pixel))] += 1.0 / (kPictureSide * kPictureSide);
    }
  }
  float* at = into.data();
  for (const auto& cell : cells) {
    for (const Moments& moments : cell) {
      *at++ += static_cast<float>(moments.mean());
      *at++ += static_cast<float>(moments.deviation());
    }
  }
  for (const double share : histogram) {
    *at++ += static_cast<float>(std::sqrt(share));
  }
  add_orientations(frame, at);
}

// --- sound

constexpr int kBands = 40, kCoefficients = 20;

std::array<double, kCoefficients> cepstrum_of(const PowerSpectrum& power, const std::vector<PowerSpectrum>& bands) {
  std::array<double, kBands> logs = {};
  for (size_t band = 0; band < bands.size(); ++band) {
    double sum = 0;
    for (size_t bin = 0; bin < power.size(); ++bin) {
      sum += power[bin] * bands[band][bin];
    }
    logs[band] = std::log(sum + 1e-6);
  }
  std::array<double, kCoefficients> cepstrum = {};
  for (int c = 0; c < kCoefficients; ++c) {
    for (int band = 0; band < kBands; ++band) {
      cepstrum[static_cast<size_t>(c)] +=
          logs[static_cast<size_t>(band)] * std::cos(std::numbers::pi * c * (band + 0.5) / kBands);
    }
    cepstrum[static_cast<size_t>(c)] *= std::sqrt(2.0 / kBands);
  }
  return cepstrum;
}

// Loudness (log power), centroid and roll-off in kHz, share of zero crossings.
std::array<double, 4> shape_of(const PowerSpectrum& power, const float* samples) {
  double total = 1e-9, weighted = 0;
  for (size_t bin = 0; bin < power.size(); ++bin) {
    total += power[bin];
    weighted += power[bin] * static_cast<double>(bin);
  }
  double below = 0;
  size_t roll_off = 0;
  while (roll_off + 1 < power.size() && (below += power[roll_off]) < 0.85 * total) {
    ++roll_off;
  }
  int crossings = 0;
  for (int i = 1; i < kWindow; ++i) {
    crossings += (samples[i] >= 0) != (samples[i - 1] >= 0) ? 1 : 0;
  }
  constexpr double kKilohertz = kSampleRate / 1000.0 / kTransform;
  return {std::log(total + 1e-6), weighted / total * kKilohertz, static_cast<double>(roll_off) * kKilohertz,
          static_cast<double>(crossings) / kWindow};
}

void append(std::vector<float>& into, const Moments& moments) {
  into.push_back(static_cast<float>(moments.mean()));
  into.push_back(static_cast<float>(moments.deviation()));
}

}  // namespace

std::vector<float> picture_features(std::span<const Frame> frames) {
  std::vector<float> features(kPictureLength, 0.0F);
  for (const Frame& frame : frames) {
    add_picture(frame, features);
  }
  for (float& value : features) {
    value /= static_cast<float>(frames.size());
  }
  return features;
}

std::vector<float> motion_features(std::span<const Frame> frames) {
  Moments change;
  double most = 0;
  for (size_t i = 1; i < frames.size(); ++i) {
    const std::vector<double> before = lightness_of(frames[i - 1]), now = lightness_of(frames[i]);
    double sum = 0;
    for (size_t p = 0; p < now.size(); ++p) {
      sum += std::abs(now[p] - before[p]) / static_cast<double>(now.size());
    }
    change.add(sum);
    most = std::max(most, sum);
  }
  return {static_cast<float>(change.mean()), static_cast<float>(change.deviation()), static_cast<float>(most),
          static_cast<float>(frames.size()) / kMostFrames};
}

std::vector<float> sound_features(std::span<const float> samples) {
  static const std::vector<PowerSpectrum> kMelBands = mel_bands(kBands);
  Spectrum spectrum;
  if (!spectrum.works()) {
    return {};
  }
  const std::vector<float> padded = clean_samples(samples);
  std::array<Moments, kCoefficients> cepstra, changes;
  std::array<Moments, 4> shapes;
  std::array<double, kCoefficients> before = {};
  for (size_t at = 0; at + kWindow <= padded.size(); at += kStep) {
    const PowerSpectrum power = spectrum.power(&padded[at]);
    const std::array<double, kCoefficients> cepstrum = cepstrum_of(power, kMelBands);
    for (size_t c = 0; c < cepstrum.size(); ++c) {
      cepstra[c].add(cepstrum[c]);
      changes[c].add(at == 0 ? 0 : cepstrum[c] - before[c]);
    }
    before = cepstrum;
    const std::array<double, 4> shape = shape_of(power, &padded[at]);
    for (size_t s = 0; s < shape.size(); ++s) {
      shapes[s].add(shape[s]);
    }
  }
  std::vector<float> features;
  for (const auto& group : {cepstra, changes}) {
    for (const Moments& moments : group) {
      append(features, moments);
    }
  }
  for (const Moments& moments : shapes) {
    append(features, moments);
  }
  return features;
}

}  // namespace haina::media
