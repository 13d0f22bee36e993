// Pictures, sounds and clips show what was planted, and their files hold what was drawn.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "synth/draw_picture.h"
#include "synth/make_clip.h"
#include "synth/make_sound.h"

namespace haina {
namespace {

uint32_t number_at(const std::string& bytes, size_t at, int num_bytes, bool big_endian) {
  uint32_t number = 0;
  for (int byte = 0; byte < num_bytes; ++byte) {
    const auto value = static_cast<uint8_t>(bytes.at(at + static_cast<size_t>(byte)));
    number = big_endian ? number << 8 | value : number | static_cast<uint32_t>(value) << (8 * byte);
  }
  return number;
}

// Hue in turns of a colour, after "Color gamut transform pairs" (Smith 1978); -1 of what is nearly grey.
double hue_of(int red, int green, int blue) {
  const int high = std::max({red, green, blue}), low = std::min({red, green, blue});
  if (high - low < 60) {
    return -1;
  }
  const double range = high - low;
  const double sixths = high == red     ? (green - blue) / range
                        : high == green ? 2 + (blue - red) / range
                                        : 4 + (red - green) / range;
  return sixths / 6 - std::floor(sixths / 6);
}

// Pixels of a PNG as png_of_pixels() writes it: one IDAT of one stored block, rows without filters.
std::vector<uint8_t> pixels_of_png(const std::string& png, size_t width, size_t height) {
  EXPECT_EQ(png.substr(0, 8), "\x89PNG\r\n\x1a\n");
  EXPECT_EQ(png.substr(12, 4), "IHDR");
  EXPECT_EQ(number_at(png, 16, 4, true), width);
  EXPECT_EQ(number_at(png, 20, 4, true), height);
  EXPECT_EQ(png.substr(37, 4), "IDAT");
  const size_t data = 41 + 2;  // after zlib's two bytes
  EXPECT_EQ(png[data], 1);     // the last block, stored
  EXPECT_EQ(number_at(png, data + 1, 2, false), height * (3 * width + 1));
  std::vector<uint8_t> pixels;
  for (size_t y = 0; y < height; ++y) {
    const size_t row = data + 5 + y * (3 * width + 1);
    EXPECT_EQ(png.at(row), 0);
    for (size_t b = 0; b < 3 * width; ++b) {
      pixels.push_back(static_cast<uint8_t>(png.at(row + 1 + b)));
    }
  }
  return pixels;
}

TEST(ShopPicture, HasThePlantedHueInItsFile) {
  RandomStream stream(7, "test");
  for (double hue = 0.02; hue < 1; hue += 0.07) {
    const std::vector<uint8_t> drawn = draw_shop_picture(hue, stream);
    const std::string png = png_of_pixels(drawn, kShopPictureSide, kShopPictureSide);
    const std::vector<uint8_t> pixels = pixels_of_png(png, kShopPictureSide, kShopPictureSide);
    ASSERT_EQ(pixels, drawn);
    int coloured = 0, near = 0;
    for (size_t p = 0; p < pixels.size(); p += 3) {
      const double found = hue_of(pixels[p], pixels[p + 1], pixels[p + 2]);
      const double distance = std::abs(found - hue);
      coloured += found >= 0 ? 1 : 0;
      near += found >= 0 && std::min(distance, 1 - distance) < 0.02 ? 1 : 0;
    }
    EXPECT_GT(coloured, 300) << hue;
    EXPECT_EQ(near, coloured) << hue;
  }
}

// Published values: the CRC-32 of "IEND", and the Adler-32 of no bytes.
TEST(ShopPicture, FilesEndWithTheChecksumsThatReadersExpect) {
  const std::string png = png_of_pixels({}, 0, 0);
  EXPECT_EQ(png.substr(png.size() - 8), "IEND\xae\x42\x60\x82");
}

double power_at(const std::vector<int16_t>& samples, double frequency) {
  double cosine = 0, sine = 0;
  for (size_t n = 0; n < samples.size(); ++n) {
    const double angle = 2 * std::numbers::pi * frequency * static_cast<double>(n) / kShopSampleRate;
    cosine += samples[n] * std::cos(angle);
    sine += samples[n] * std::sin(angle);
  }
  return cosine * cosine + sine * sine;
}

TEST(ShopSound, HasThePlantedPitchInItsFile) {
  RandomStream stream(7, "test");
  for (const double pitch : {84.0, 150.0, 220.0, 431.5, 575.0}) {
    const std::vector<int16_t> samples = make_shop_sound(pitch, stream);
    ASSERT_EQ(std::ssize(samples), kShopSampleRate);
    for (const double other : {0.5, 0.8, 1.25, 1.6}) {
      EXPECT_GT(power_at(samples, pitch), 20 * power_at(samples, other * pitch)) << pitch << " x " << other;
    }
    const std::string wav = wav_of_samples(samples);
    ASSERT_EQ(wav.size(), 44 + 2 * samples.size());
    EXPECT_EQ(wav.substr(0, 4) + wav.substr(8, 8) + wav.substr(36, 4), "RIFFWAVEfmt data");
    EXPECT_EQ(number_at(wav, 4, 4, false), wav.size() - 8);
    EXPECT_EQ(number_at(wav, 24, 4, false), 16000U);
    EXPECT_EQ(std::memcmp(wav.data() + 44, samples.data(), 2 * samples.size()), 0);  // on machines of this byte order
  }
}

TEST(ShopClip, MovesAtThePlantedSpeed) {
  RandomStream stream(7, "test");
  for (const double speed : {0.0, 0.5, 2.0, 4.25, 7.5}) {
    const std::vector<std::vector<uint8_t>> frames = make_shop_clip(speed, stream);
    ASSERT_EQ(std::ssize(frames), kShopClipFrames);
    double change = 0;
    for (size_t f = 1; f < frames.size(); ++f) {
      for (size_t p = 0; p < frames[f].size(); ++p) {
        change += std::abs(frames[f][p] - frames[f - 1][p]);
      }
    }
    // What a square of 8 rows uncovers and covers by one step, of 180 shades. Less where one pixel has both edges.
    const double expected = 2 * 8 * 180 * speed;
    EXPECT_NEAR(change / (kShopClipFrames - 1), expected, 20 + 0.03 * expected) << speed;
    const std::string avi = avi_of_frames(frames);
    EXPECT_EQ(avi.substr(0, 4) + avi.substr(8, 8), "RIFFAVI LIST");
    EXPECT_EQ(number_at(avi, 4, 4, false), avi.size() - 8);
    const size_t last_row = avi.find("00db") + 8;  // bitmaps begin at the bottom
    const auto bottom_left = static_cast<uint8_t>(avi.at(last_row));
    EXPECT_EQ(bottom_left, frames[0][(kShopClipSide - 1) * kShopClipSide]);
  }
}

}  // namespace
}  // namespace haina
