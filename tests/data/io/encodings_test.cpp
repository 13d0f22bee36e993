#include "data/io/encodings.h"

#include <gtest/gtest.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include <string>
#include <vector>

namespace haina {
namespace {

std::string encoded(const std::string& utf8, const char* converter) {
  const icu::UnicodeString text = icu::UnicodeString::fromUTF8(utf8);
  std::string bytes(static_cast<size_t>(text.length()) * 4 + 16, '\0');
  UErrorCode error = U_ZERO_ERROR;
  const int32_t size =
      text.extract(bytes.data(), static_cast<int32_t>(bytes.size()), ucnv_open(converter, &error), error);
  bytes.resize(static_cast<size_t>(size));
  return bytes;
}

struct Language {
  const char* name;
  const char* converter;
  Encoding encoding;
  std::vector<std::string> lines;
};

class Languages : public testing::TestWithParam<Language> {};

TEST_P(Languages, AreDetectedAndDecoded) {
  EncodingDetector detector;
  std::string text;
  for (const std::string& line : GetParam().lines) {
    text += "12," + line + ",3.5\n";
  }
  const std::string bytes = encoded(text, GetParam().converter);
  detector.add(bytes);
  const auto guess = detector.guess();
  EXPECT_EQ(to_string(guess.encoding), to_string(GetParam().encoding));
  EXPECT_EQ(decode(bytes, guess.encoding), text);
}

INSTANTIATE_TEST_SUITE_P(
    All, Languages,
    testing::Values(
        Language{"western",
                 "windows-1252",
                 Encoding::kLatin1,
                 {"Café crème", "Müller und Söhne", "El niño", "à la carte", "Ångström", "Provença"}},
        Language{"western_with_quotes",
                 "windows-1252",
                 Encoding::kWindows1252,
                 {"It’s a “good” one", "Café – crème", "10 €"}},
        Language{"simplified", "gb18030", Encoding::kGb18030, {"红色的杯子", "厨房用品", "花园里的椅子", "蓝色的书包"}},
        Language{"simplified_few", "GBK", Encoding::kGb18030, {"购买", "点击", "购买", "点击"}},
        Language{
            "simplified_with_euro", "GBK", Encoding::kGb18030, {"红色的 外套;€12.50", "经典 吉他;€3.90", "手工;€1"}},
        Language{"korean_few", "EUC-KR", Encoding::kEucKr, {"구매", "장바구니", "구매"}},
        Language{"traditional_few", "Big5", Encoding::kBig5, {"購買", "點擊", "購買", "瀏覽"}},
        Language{"traditional", "Big5", Encoding::kBig5, {"紅色的杯子", "廚房用品", "花園裡的椅子", "藍色的書包"}},
        Language{
            "japanese", "Shift_JIS", Encoding::kShiftJis, {"赤いカップ", "台所用品です", "庭のいす", "青いかばん"}},
        Language{"japanese_unix", "EUC-JP", Encoding::kEucJp, {"赤いカップ", "台所用品です", "庭のいす", "青いかばん"}},
        Language{"korean", "windows-949", Encoding::kEucKr, {"빨간 컵", "주방 용품", "정원 의자", "파란 가방"}},
        Language{"russian",
                 "windows-1251",
                 Encoding::kWindows1251,
                 {"Красная чашка", "Кухня", "Садовый стул", "Синяя сумка"}},
        Language{"russian_unix", "KOI8-R", Encoding::kKoi8R, {"Красная чашка", "Кухня", "Садовый стул", "Синяя сумка"}},
        Language{"greek", "windows-1253", Encoding::kWindows1253, {"Κόκκινο φλιτζάνι", "Κουζίνα", "Καρέκλα κήπου"}}),
    [](const auto& info) { return info.param.name; });

TEST(EncodingDetector, AHeaderAloneMayTell) {
  EncodingDetector detector;
  detector.add(encoded("用户编号,商品编号,行为\n1,2,3\n4,5,6\n", "gb18030"));
  EXPECT_EQ(detector.verdict(), Encoding::kGb18030);
}

TEST(Encodings, InvalidBytesStayInvalid) {
  EXPECT_EQ(decode("a\xB0", Encoding::kGb18030), "a\xFF");
  EXPECT_EQ(decode("caf\xE9\x92", Encoding::kLatin1), "caf\xC3\xA9\xE2\x80\x99") << "windows-1252 holds latin-1";
  EXPECT_EQ(encoding_of_name("gbk"), Encoding::kGb18030);
  EXPECT_EQ(encoding_of_name("utf-16be"), Encoding::kUtf16Big);
  EXPECT_FALSE(encoding_of_name("latin1"));
}

TEST(Encodings, Utf16WithoutAMark) {
  const auto wide = [](const std::string& text, bool big) {
    std::string bytes;
    for (const char c : text) {
      bytes += big ? '\0' : c;
      bytes += big ? c : '\0';
    }
    return bytes;
  };
  EXPECT_EQ(utf16_without_mark(wide("user,item\n1,2\n", false)), Encoding::kUtf16Little);
  EXPECT_EQ(utf16_without_mark(wide("user,item\n1,2\n", true)), Encoding::kUtf16Big);
  EXPECT_FALSE(utf16_without_mark("user,item\n1,2\n"));
  EXPECT_FALSE(utf16_without_mark(std::string("\x93NUMPY\1\0v\0{'descr'\0\0\0\0", 22)));
}

}  // namespace
}  // namespace haina
