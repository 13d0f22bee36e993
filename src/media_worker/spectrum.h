// Power spectra of short windows of a sound, and the mel bands over them.
#pragma once

extern "C" {
#include <libavutil/tx.h>
}

#include <array>
#include <complex>
#include <span>
#include <vector>

namespace haina::media {

inline constexpr int kWindow = 400, kStep = 160;  // samples: 25 ms and 10 ms
inline constexpr int kTransform = 512;
inline constexpr int kBins = kTransform / 2 + 1;

using PowerSpectrum = std::array<double, kBins>;

// Power spectra by FFmpeg's transform.
class Spectrum {
 public:
  Spectrum();
  ~Spectrum();
  Spectrum(const Spectrum&) = delete;
  Spectrum& operator=(const Spectrum&) = delete;
  bool works() const { return transform_ != nullptr && in_ != nullptr && out_ != nullptr; }
  // Of kWindow samples under a Hann window.
  PowerSpectrum power(const float* samples);

 private:
  AVTXContext* context_ = nullptr;
  av_tx_fn transform_ = nullptr;
  std::complex<float>*in_ = nullptr, *out_ = nullptr;
};

// In [-1, 1]; a sound shorter than a window is padded to one.
std::vector<float> clean_samples(std::span<const float> samples);
// Triangles over the bins of the spectrum, one a band, from 20 Hz to 8 kHz. Mel scale: 2595 log10(1 + f / 700).
std::vector<PowerSpectrum> mel_bands(int count);

}  // namespace haina::media
