// An image as one cell of text, "3x32x32:" and its bytes in base64 (RFC 4648): the form in which images go through
// tables, the store and requests.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace haina {

// Channels, height, width.
using ImageShape = std::array<int64_t, 3>;

inline constexpr int64_t kMostImageBytes = 3 * 128 * 128;

struct Image {
  ImageShape shape = {};
  std::vector<uint8_t> bytes = {};  // channel after channel, rows from the top
};

// bytes.size() must be the product of the shape.
std::string image_cell(const ImageShape& shape, std::span<const uint8_t> bytes);
// Nothing where the text is no image of up to kMostImageBytes.
std::optional<Image> parse_image_cell(std::string_view text);

}  // namespace haina
