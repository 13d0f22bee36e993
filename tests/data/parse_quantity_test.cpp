#include "data/parse_quantity.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace haina {
namespace {

TEST(Quantities, AsPeopleWriteThem) {
  for (const auto& [text, value] : std::initializer_list<std::pair<const char*, double>>{{"12.5", 12.5},
                                                                                         {"$12.50", 12.5},
                                                                                         {"$ 12.50", 12.5},
                                                                                         {"12,50 €", 12.5},
                                                                                         {"€ 1.299,99", 1299.99},
                                                                                         {"1,299.00", 1299},
                                                                                         {"12 %", 12},
                                                                                         {"1 234,5", 1234.5},
                                                                                         {"1\xC2\xA0"
                                                                                          "234,5",
                                                                                          1234.5},
                                                                                         {"1e5", 1e5},
                                                                                         {"(3.20)", -3.2},
                                                                                         {"-$5", -5},
                                                                                         {"$-5", -5},
                                                                                         {"1'234.50", 1234.5},
                                                                                         {"USD 7", 7},
                                                                                         {"R$ 7,25", 7.25},
                                                                                         {"1,299,000", 1299000},
                                                                                         {"1.299.000", 1299000},
                                                                                         {"4,5", 4.5},
                                                                                         {"\xE2\x88\x92"
                                                                                          "3",
                                                                                          -3},
                                                                                         {"12,34,567.5", 1234567.5},
                                                                                         {".5", 0.5},
                                                                                         {"0,299", 0.299},
                                                                                         {"1.234567", 1.234567}}) {
    const auto number = parse_quantity(text, '.');
    ASSERT_TRUE(number) << text;
    EXPECT_DOUBLE_EQ(*number, value) << text;
    EXPECT_DOUBLE_EQ(parse_quantity(text, ',').value_or(-99), value) << text << " tells its mark";
  }
  EXPECT_EQ(parse_quantity("1.299", '.'), 1.299);
  EXPECT_EQ(parse_quantity("1.299", ','), 1299);
  EXPECT_EQ(parse_quantity("1,299", '.'), 1299);
  EXPECT_EQ(parse_quantity("1,299", ','), 1.299);
  for (const char* const bad : {"", "-", "NA", "abc", "12ab", "1 2", "1,2,3", "1.2.3", "12-13", "$", "%", "nan", "inf",
                                "1,29,9", "2023-01-01", "1 23", "v1", "1..2"}) {
    EXPECT_FALSE(parse_quantity(bad, '.')) << bad;
  }
}

TEST(Quantities, FormsTellTheDecimalMark) {
  EXPECT_EQ(number_form("12"), NumberForm::kWhole);
  EXPECT_EQ(number_form("12.5"), NumberForm::kPoint);
  EXPECT_EQ(number_form("12,5"), NumberForm::kComma);
  EXPECT_EQ(number_form("1.299"), NumberForm::kEitherPoint);
  EXPECT_EQ(number_form("1,299"), NumberForm::kEitherComma);
  EXPECT_EQ(number_form("0.299"), NumberForm::kPoint);
  EXPECT_EQ(number_form("1,299.5"), NumberForm::kPoint);
  EXPECT_EQ(number_form("x"), NumberForm::kNone);
}

TEST(Quantities, WordsForMissingValues) {
  for (const char* const word : {"", "NULL", "null", "\\N", "nan", "NaN", "N/A", "undefined", "<NA>", "#N/A"}) {
    EXPECT_TRUE(is_missing_word(word) && is_surely_missing(word)) << word;
  }
  for (const char* const word : {"NA", "None", "-", "?"}) {
    EXPECT_TRUE(is_missing_word(word)) << word;
    EXPECT_FALSE(is_surely_missing(word)) << word;
  }
  for (const char* const word : {"0", "no", "Nan Goldin", "nullable", "u1"}) {
    EXPECT_FALSE(is_missing_word(word)) << word;
  }
  EXPECT_TRUE(is_rounded_id("1.23457E+12"));
  EXPECT_TRUE(is_rounded_id("1,23457E+12"));
  EXPECT_FALSE(is_rounded_id("1.5"));
  EXPECT_FALSE(is_rounded_id("1.5e"));
  EXPECT_FALSE(is_rounded_id("b.Ex"));
}

}  // namespace
}  // namespace haina
