// Images as cells of text: they come back byte for byte, and what is no image is nothing.
#include "data/image_cell.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace haina {
namespace {

TEST(ImageCell, ComesBackAsItWas) {
  for (int64_t width = 1; width < 9; ++width) {
    std::vector<uint8_t> bytes(static_cast<size_t>(3 * 2 * width));
    std::iota(bytes.begin(), bytes.end(), uint8_t{240});
    const auto image = parse_image_cell(image_cell({3, 2, width}, bytes));
    ASSERT_TRUE(image) << width;
    EXPECT_EQ(image->shape, (ImageShape{3, 2, width}));
    EXPECT_EQ(image->bytes, bytes);
  }
}

// RFC 4648, section 10.
TEST(ImageCell, BytesAreInBase64) {
  const std::string text = "foobar";
  const std::vector<uint8_t> bytes(text.begin(), text.end());
  EXPECT_EQ(image_cell({1, 1, 6}, bytes), "1x1x6:Zm9vYmFy");
  EXPECT_EQ(image_cell({1, 5, 1}, {bytes.data(), 5}), "1x5x1:Zm9vYmE=");
  EXPECT_EQ(image_cell({4, 1, 1}, {bytes.data(), 4}), "4x1x1:Zm9vYg==");
}

TEST(ImageCell, WhatIsNoImageIsNothing) {
  for (const char* const text :
       {"", ":", "1x1x6", "1x1x6:", "1x1x6:Zm9vYmF", "1x1x6:Zm9vYmF!", "1x1x5:Zm9vYmFy", "1x6:Zm9vYmFy",
        "1x1x1x6:Zm9vYmFy", "0x1x6:", "-1x-1x6:Zm9vYmFy", "1x1x4:Zm9vYg=A", "1x1x6 :Zm9vYmFy",
        "99999999x99999999x99999999:Zm9vYmFy", "99999999999999999999x1x1:Zm9v", "no image"}) {
    EXPECT_FALSE(parse_image_cell(text)) << text;
  }
}

}  // namespace
}  // namespace haina
