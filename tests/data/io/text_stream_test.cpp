#include "data/io/text_stream.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace haina {
namespace {
namespace fs = std::filesystem;

// Letters of one, two, three and four bytes in UTF-8; the last are two units in UTF-16.
const std::string kText = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\nz\n";

std::string utf16(const std::u16string& text, bool big_endian, bool mark) {
  std::string bytes;
  for (const char16_t unit : std::u16string(mark ? u"\xFEFF" : u"") + text) {
    const char low = static_cast<char>(unit & 0xFF);
    const char high = static_cast<char>(unit >> 8);
    bytes += big_endian ? high : low;
    bytes += big_endian ? low : high;
  }
  return bytes;
}

class TextStreams : public testing::Test {
 protected:
  void SetUp() override { file_ = fs::temp_directory_path() / ("haina_text_stream_" + std::to_string(::getpid())); }
  void TearDown() override { fs::remove(file_); }

  Result<TextStream> open(const std::string& bytes, const std::string& encoding = "",
                          std::optional<Encoding> known = std::nullopt) const {
    std::ofstream(file_, std::ios::binary) << bytes;
    SourceConfig source;
    source.encoding = encoding;
    source.place = "haina.toml:3:1";
    return TextStream::open(file_, source, known);
  }
  // All of the text, dropped in pieces of at most `window` bytes.
  static std::string drained(TextStream& stream, size_t window) {
    std::string all;
    for (bool last = false; !last;) {
      const auto text = stream.text(window);
      EXPECT_TRUE(text) << (text ? "" : to_text(text.error()));
      last = stream.at_end();
      const std::string_view taken = text->substr(0, last ? text->size() : window);
      all += taken;
      stream.drop(taken.size());
    }
    return all;
  }

  fs::path file_;
};

struct Encoded {
  const char* name;
  std::string bytes;
  const char* setting;  // `encoding` of the source
  std::optional<Encoding> known;
  std::optional<Encoding> found;
  std::string text = kText;
};

class Encodings : public TextStreams, public testing::WithParamInterface<Encoded> {};

TEST_P(Encodings, BecomeUtf8InWindowsOfAnySize) {
  const Encoded& file = GetParam();
  for (const size_t window : {size_t{1}, size_t{2}, size_t{5}, size_t{1} << 20}) {
    auto stream = open(file.bytes, file.setting, file.known);
    ASSERT_TRUE(stream) << to_text(stream.error());
    EXPECT_EQ(stream->encoding(), file.found);
    EXPECT_EQ(stream->head(), file.bytes);
    EXPECT_EQ(drained(*stream, window), file.text) << window;
  }
  std::string storage;
  SourceConfig source;
  source.encoding = file.setting;
  if (!file.known) {
    const auto whole = decode_text(file.bytes, source, storage);
    ASSERT_TRUE(whole) << to_text(whole.error());
    EXPECT_EQ(whole->text, file.text);
    EXPECT_EQ(whole->encoding, file.found.value_or(Encoding::kUtf8));
  }
}

const std::u16string kUnits = u"a\u00E9\u20AC\U0001F600\nz\n";

INSTANTIATE_TEST_SUITE_P(
    All, Encodings,
    testing::Values(
        Encoded{"utf8", kText, "", std::nullopt, std::nullopt},
        Encoded{"utf8_named", kText, "utf-8", std::nullopt, Encoding::kUtf8},
        Encoded{"utf8_with_mark", "\xEF\xBB\xBF" + kText, "", std::nullopt, std::nullopt},
        Encoded{"utf16_little_with_mark", utf16(kUnits, false, true), "", std::nullopt, Encoding::kUtf16Little},
        Encoded{"utf16_big_with_mark", utf16(kUnits, true, true), "", std::nullopt, Encoding::kUtf16Big},
        Encoded{"utf16_named", utf16(kUnits, false, false), "utf-16", std::nullopt, Encoding::kUtf16Little},
        Encoded{"latin1_named", "caf\xE9\n", "latin-1", std::nullopt, Encoding::kLatin1, "caf\xC3\xA9\n"},
        Encoded{"latin1_known", "caf\xE9\n", "", Encoding::kLatin1, Encoding::kLatin1, "caf\xC3\xA9\n"},
        Encoded{"named_before_known", kText, "utf-8", Encoding::kLatin1, Encoding::kUtf8},
        Encoded{"half_a_pair", utf16(std::u16string(u"x") + char16_t{0xD83D} + u"y", false, true), "", std::nullopt,
                Encoding::kUtf16Little, "x\xED\xA0\xBDy"},
        Encoded{"half_a_unit", utf16(u"x", false, true) + "y", "", std::nullopt, Encoding::kUtf16Little, "x\xFF"}),
    [](const auto& info) { return info.param.name; });

TEST_F(TextStreams, LettersAcrossTheEdgesOfReadsStayWhole) {
  std::u16string units;
  std::string want;
  for (int i = 0; i < 300000; ++i) {  // 1.8 MB: beyond one read; a surrogate pair lies across its edge
    units += u"a\U0001F600";
    want += "a\xF0\x9F\x98\x80";
  }
  for (const bool big_endian : {false, true}) {
    for (const bool shifted : {false, true}) {
      auto stream = open(utf16(std::u16string(shifted ? u"b" : u"") + units, big_endian, true));
      ASSERT_TRUE(stream) << to_text(stream.error());
      EXPECT_EQ(drained(*stream, 100000), std::string(shifted ? "b" : "") + want);
    }
  }
}

TEST_F(TextStreams, AnUnknownEncodingNamesPlaceAndTheKnownOnes) {
  const auto stream = open("x", "latin1");
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(stream.error().at, "haina.toml:3:1");
  EXPECT_NE(stream.error().hint.find("did you mean 'latin-1'"), std::string::npos) << stream.error().hint;
}

TEST(EncodingDetector, NeedsTwoInvalidLinesAndMostOfThoseBeyondAscii) {
  const auto verdict = [](std::string_view lines) {
    EncodingDetector detector;
    detector.add(lines);
    return detector.verdict();
  };
  EXPECT_EQ(verdict(""), Encoding::kUtf8);
  EXPECT_EQ(verdict("plain\n"), Encoding::kUtf8);
  EXPECT_EQ(verdict("caf\xE9\n"), Encoding::kUtf8) << "one line may be damaged";
  EXPECT_EQ(verdict("Ger\xE4t,user\nweb,1\nios,2\n"), Encoding::kLatin1) << "but hardly a header alone";
  EXPECT_EQ(verdict("caf\xE9\nna\xEFve"), Encoding::kLatin1);
  EXPECT_EQ(verdict("caf\xE9\nna\xEFve\nd\xC3\xA9j\xC3\xA0\nvu \xC3\xA0\n"), Encoding::kUtf8) << "half of them";
}

}  // namespace
}  // namespace haina
