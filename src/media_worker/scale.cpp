#include "media_worker/scale.h"

extern "C" {
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace haina::media {
namespace {

tl::unexpected<std::string> cannot(std::string why) { return tl::unexpected<std::string>(std::move(why)); }

// The frame at width x height in red, green, blue, without space between rows.
tl::expected<Frame, std::string> scaled_to(const AVFrame& frame, int width, int height, int method) {
  SwsContext* const scaler = sws_getContext(frame.width, frame.height, static_cast<AVPixelFormat>(frame.format), width,
                                            height, AV_PIX_FMT_RGB24, method, nullptr, nullptr, nullptr);
  if (scaler == nullptr) {
    return cannot("its pixels have a form that cannot be scaled");
  }
  // The scaler may write beyond a row's end, up to its alignment.
  const auto bytes = static_cast<size_t>(width) * static_cast<size_t>(height) * 3;
  std::vector<uint8_t> padded(bytes + 64);
  const std::array<uint8_t*, 4> rows = {padded.data(), nullptr, nullptr, nullptr};
  const std::array<int, 4> strides = {width * 3, 0, 0, 0};
  const int made = sws_scale(scaler, frame.data, frame.linesize, 0, frame.height, rows.data(), strides.data());
  sws_freeContext(scaler);
  if (made != height) {
    return cannot("its pixels cannot be scaled");
  }
  padded.resize(bytes);
  return padded;
}

constexpr int kMostRatio = 8;  // of the sides of what is scaled: longer pictures are squeezed

}  // namespace

tl::expected<Frame, std::string> scaled(const AVFrame& frame, int side) {
  return scaled_to(frame, side, side, SWS_AREA);
}

tl::expected<Frame, std::string> cut_out(const AVFrame& frame, const PixelCut& cut) {
  const auto side_of = [&](int own, int other) {
    const int64_t length = cut.keep_ratio && own > other ? int64_t{cut.resize} * own / std::max(1, other) : cut.resize;
    return static_cast<int>(std::min<int64_t>(length, int64_t{kMostRatio} * cut.resize));
  };
  const int width = side_of(frame.width, frame.height), height = side_of(frame.height, frame.width);
  auto whole = scaled_to(frame, width, height, SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT);
  if (!whole) {
    return whole;
  }
  const size_t left = static_cast<size_t>(width - cut.side) / 2, top = static_cast<size_t>(height - cut.side) / 2;
  const auto row_bytes = static_cast<size_t>(cut.side) * 3;
  Frame middle;
  middle.reserve(row_bytes * static_cast<size_t>(cut.side));
  for (size_t y = 0; y < static_cast<size_t>(cut.side); ++y) {
    const uint8_t* const row = whole->data() + ((top + y) * static_cast<size_t>(width) + left) * 3;
    middle.insert(middle.end(), row, row + row_bytes);
  }
  return middle;
}

}  // namespace haina::media
