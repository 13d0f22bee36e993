// Pictures of the invented shop: a coloured shape on grey.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/seed.h"

namespace haina {

inline constexpr int kShopPictureSide = 64;  // pixels

// kShopPictureSide x kShopPictureSide pixels, rows from the top, red, green, blue. A disc, a square or a triangle of
// this hue (turns of the colour circle: 0 red, 1/3 green, 2/3 blue). Everything else is drawn: shape, size, place,
// lightness.
std::vector<uint8_t> draw_shop_picture(double hue, RandomStream& stream);

// A PNG of 8-bit RGB, without compression. pixels: width x height x 3.
std::string png_of_pixels(std::span<const uint8_t> pixels, int width, int height);

}  // namespace haina
