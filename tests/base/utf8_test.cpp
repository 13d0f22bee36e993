#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace haina {
namespace {

TEST(Utf8, AcceptsWellFormedTextAtAnyOffset) {
  for (const char* const text : {"", "plain", "né", "日本語", "😀", "\x7f", "\u07FF", "\uFFFF", "\U0010FFFF"}) {
    for (size_t padding = 0; padding < 9; ++padding) {
      EXPECT_TRUE(is_valid_utf8(std::string(padding, 'a') + text)) << text;
    }
  }
}

TEST(Utf8, RefusesCutOverlongAndSurrogateSequences) {
  for (const char* const text : {"\x80", "\xC3", "\xE6\x97", "\xF0\x9F\x98", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\x80",
                                 "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    for (size_t padding = 0; padding < 9; ++padding) {
      EXPECT_FALSE(is_valid_utf8(std::string(padding, 'a') + text)) << padding;
      EXPECT_FALSE(is_valid_utf8(std::string(padding, 'a') + text + "b")) << padding;
    }
  }
}

TEST(Utf8, ConvertsLatin1) {
  EXPECT_EQ(latin1_to_utf8("caf\xE9 \xA4"), "café ¤");
  for (int code = 0; code < 256; ++code) {
    EXPECT_TRUE(is_valid_utf8(latin1_to_utf8(std::string(1, static_cast<char>(code))))) << code;
  }
}

}  // namespace
}  // namespace haina
