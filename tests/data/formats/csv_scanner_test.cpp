#include "data/formats/csv_scanner.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace haina {
namespace {

std::vector<DelimitedRow> rows_of(std::string_view text, const Dialect& dialect = {}) {
  std::vector<DelimitedRow> rows;
  scan_delimited(text, dialect, [&](const DelimitedRow& row) {
    rows.push_back(row);
    return true;
  });
  return rows;
}

using Cells = std::vector<std::string>;

TEST(CsvScanner, GivesCellsLinesAndBytes) {
  const auto rows = rows_of("a,b\r\n\n1,\n,2");
  ASSERT_EQ(rows.size(), 3U) << "a blank line is no row";
  EXPECT_EQ(rows[0].cells, (Cells{"a", "b"}));
  EXPECT_EQ(rows[0].raw, "a,b");
  EXPECT_FALSE(rows[0].at_end);
  EXPECT_EQ(rows[1].cells, (Cells{"1", ""}));
  EXPECT_EQ(rows[1].line, 3);
  EXPECT_EQ(rows[1].byte, 6);
  EXPECT_EQ(rows[2].cells, (Cells{"", "2"}));
  EXPECT_TRUE(rows[2].at_end) << "it may be cut off";
  EXPECT_TRUE(rows_of("").empty());
}

TEST(CsvScanner, QuotesHoldDelimitersLineEndsAndQuotes) {
  const auto rows = rows_of("\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"x\nnext,row,3\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].cells, (Cells{"a,b", "say \"hi\"", "two\nlinesx"}));
  EXPECT_EQ(rows[1].line, 3);
  const auto plain = rows_of("\"a,b\"\n", {.delimiter = ",", .quotes = false});
  EXPECT_EQ(plain.at(0).cells, (Cells{"\"a", "b\""}));
}

TEST(CsvScanner, AQuoteThatNeverClosesSpoilsItsLineAlone) {
  const auto rows = rows_of("1,\"open\n2,b\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_TRUE(rows[0].open_quote);
  EXPECT_EQ(rows[0].raw, "1,\"open");
  EXPECT_FALSE(rows[1].open_quote);
  EXPECT_EQ(rows[1].cells, (Cells{"2", "b"}));
  EXPECT_EQ(rows[1].line, 2);
  // The same if the quote would close beyond the limit.
  const auto late = rows_of("1,\"" + std::string(kLongestQuoted, '\n') + "\"\nlast,row\n");
  EXPECT_TRUE(late.front().open_quote);
  EXPECT_EQ(late.back().cells, (Cells{"last", "row"}));
}

TEST(CsvScanner, DelimitersMayBeLongAndScansMayStop) {
  EXPECT_EQ(rows_of("1::2:3::4\n", {.delimiter = "::"}).at(0).cells, (Cells{"1", "2:3", "4"}));
  int64_t count = 0;
  scan_delimited("1\n2\n3\n", {}, [&](const DelimitedRow&) { return ++count < 2; });
  EXPECT_EQ(count, 2);
}

TEST(GuessDialect, TakesTheDelimiterThatCutsAllRowsAlike) {
  EXPECT_EQ(guess_dialect("user,item\n1,2\n").delimiter, ",");
  EXPECT_EQ(guess_dialect("a;b;c\n1,5;2;3\n").delimiter, ";");
  EXPECT_EQ(guess_dialect("a\tb c\n1\t2 3\n").delimiter, "\t");
  EXPECT_EQ(guess_dialect("1::Toy Story (1995)::Animation|Comedy\n2::Jumanji (1995)::Adventure\n").delimiter, "::");
  EXPECT_EQ(guess_dialect("1|2|a b\n3|4|c d\n").delimiter, "|");
  EXPECT_EQ(guess_dialect("1 2\n3 4\n").delimiter, " ");
  EXPECT_EQ(guess_dialect("\"a,b\",1\n\"c\",2\n").delimiter, ",") << "a delimiter inside quotes does not count";
  EXPECT_EQ(guess_dialect("word\n").delimiter, ",") << "nothing to tell by";
}

}  // namespace
}  // namespace haina
