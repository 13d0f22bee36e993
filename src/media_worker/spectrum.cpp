#include "media_worker/spectrum.h"

extern "C" {
#include <libavutil/mem.h>
}

#include <algorithm>
#include <cmath>
#include <numbers>

#include "media_worker/decode.h"

namespace haina::media {
namespace {

double mel_of(double hertz) { return 2595 * std::log10(1 + hertz / 700); }
double hertz_of(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

}  // namespace

Spectrum::Spectrum() {
  const float scale = 1;
  av_tx_init(&context_, &transform_, AV_TX_FLOAT_FFT, 0, kTransform, &scale, 0);
  in_ = static_cast<std::complex<float>*>(av_mallocz(kTransform * sizeof(std::complex<float>)));
  out_ = static_cast<std::complex<float>*>(av_mallocz(kTransform * sizeof(std::complex<float>)));
}

Spectrum::~Spectrum() {
  av_free(in_);
  av_free(out_);
  av_tx_uninit(&context_);
}

PowerSpectrum Spectrum::power(const float* samples) {
  for (int i = 0; i < kTransform; ++i) {
    const double hann = i < kWindow ? 0.5 - 0.5 * std::cos(2 * std::numbers::pi * i / kWindow) : 0;
    in_[i] = i < kWindow ? static_cast<float>(samples[i] * hann) : 0.0F;
  }
  transform_(context_, out_, in_, sizeof(std::complex<float>));
  PowerSpectrum power = {};
  for (int bin = 0; bin < kBins; ++bin) {
    power[static_cast<size_t>(bin)] = std::norm(out_[bin]);
  }
  return power;
}

std::vector<float> clean_samples(std::span<const float> samples) {
  std::vector<float> padded(samples.begin(), samples.end());
  padded.resize(std::max<size_t>(padded.size(), kWindow), 0.0F);
  for (float& sample : padded) {
    sample = std::isfinite(sample) ? std::clamp(sample, -1.0F, 1.0F) : 0.0F;
  }
  return padded;
}

std::vector<PowerSpectrum> mel_bands(int count) {
  const double low = mel_of(20), high = mel_of(kSampleRate / 2.0);
  const auto edge = [&](int band) { return hertz_of(low + (high - low) * band / (count + 1)); };
  std::vector<PowerSpectrum> bands(static_cast<size_t>(count));
  for (int band = 0; band < count; ++band) {
    const double from = edge(band), middle = edge(band + 1), to = edge(band + 2);
    for (int bin = 0; bin < kBins; ++bin) {
      const double hertz = static_cast<double>(bin) * kSampleRate / kTransform;
      const double rise = (hertz - from) / (middle - from), fall = (to - hertz) / (to - middle);
      bands[static_cast<size_t>(band)][static_cast<size_t>(bin)] = std::max(0.0, std::min(rise, fall));
    }
  }
  return bands;
}

}  // namespace haina::media
