// Clips of the invented shop: a light square that moves over a dark ground.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/seed.h"

namespace haina {

inline constexpr int kShopClipSide = 32;   // pixels
inline constexpr int kShopClipFrames = 8;  // at kShopClipRate a second
inline constexpr int kShopClipRate = 8;

// kShopClipFrames frames of kShopClipSide x kShopClipSide pixels of one lightness. The square is 8 pixels wide and
// moves sideways by `speed` pixels a frame (0 to 8), round the edge. Place and direction are drawn.
std::vector<std::vector<uint8_t>> make_shop_clip(double speed, RandomStream& stream);

// An AVI of uncompressed 24-bit frames without sound. Each frame: kShopClipSide x kShopClipSide, rows from the top.
std::string avi_of_frames(std::span<const std::vector<uint8_t>> frames);

}  // namespace haina
