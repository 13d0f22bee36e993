#include "data/parse_cell.h"

#include <gtest/gtest.h>

namespace haina {
namespace {

TEST(Cells, NumbersAreWholeAndFinite) {
  EXPECT_EQ(parse_number(" 4.5 "), 4.5);
  EXPECT_EQ(parse_number("+1e3"), 1000.0);
  EXPECT_EQ(parse_number("-0,25", ','), -0.25);
  for (const char* const bad : {"", " ", "nan", "inf", "-inf", "1x", "1 2", "1e999", "+-1", "0x10", "4,5"}) {
    EXPECT_FALSE(parse_number(bad)) << bad;
  }
  EXPECT_FALSE(parse_number("1.000", ','));
}

TEST(Cells, IsoTimes) {
  EXPECT_EQ(parse_iso_time("1970-01-02"), 86'400'000'000);
  EXPECT_EQ(parse_iso_time("1970-01-01T00:00:01.25Z"), 1'250'000);
  EXPECT_EQ(parse_iso_time("1970-01-01 02:00+02:00"), 0);
  EXPECT_EQ(parse_iso_time("1969-12-31 22:30:00-0130"), 0);
  EXPECT_EQ(parse_iso_time("1970/01/02 00:00 UTC"), 86'400'000'000);
  EXPECT_EQ(parse_iso_time("1970-01-01 02:00:00,5+02"), 500'000);
  EXPECT_TRUE(parse_iso_time("2024-02-29"));
  for (const char* const bad : {"", "2023-02-29", "2024-13-01", "2024-1-1", "2024-01-01T", "2024-01-01T25:00",
                                "2024-01-01T10:00:61", "2024-01-01T10:00:00.", "2024-01-01x", "2024-01-01T10:00Zx",
                                "2024-01-01T10:00+99:00", "2024-01/01", "2024-01-01T10:00+02:"}) {
    EXPECT_FALSE(parse_iso_time(bad)) << bad;
  }
}

}  // namespace
}  // namespace haina
