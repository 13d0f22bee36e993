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
  const auto rows = rows_of("\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\nnext,row,3\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].cells, (Cells{"a,b", "say \"hi\"", "two\nlines"}));
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

TEST(CsvScanner, QuotesThatAreNone) {
  // The quote closes in the next line, in the middle of a cell: it was an ordinary character.
  const auto stray = rows_of("1,\"a\n2,b\"c\n3,d\n", {.delimiter = ",", .width = 2});
  ASSERT_EQ(stray.size(), 3U);
  EXPECT_EQ(stray[0].cells, (Cells{"1", "\"a"}));
  EXPECT_EQ(stray[2].cells, (Cells{"3", "d"}));
  // Joined lines of another width are apart.
  const auto apart = rows_of("1,\"a\n2,b\n3,\",x\n4,d\n", {.delimiter = ",", .width = 2});
  ASSERT_EQ(apart.size(), 4U);
  EXPECT_EQ(apart[0].cells, (Cells{"1", "\"a"}));
  const auto backslash = rows_of("\"a \\\"b\\\" c\",2\n", {.delimiter = ",", .backslash = true});
  EXPECT_EQ(backslash.at(0).cells, (Cells{"a \"b\" c", "2"}));
}

TEST(CsvScanner, CommentsBlanksAndReturns) {
  EXPECT_EQ(rows_of("#x\n1,2\n# y,z\n3,4\n", {.delimiter = ",", .comment = "#"}).size(), 2U);
  const auto blanks = rows_of("  1   2\t3  \n4 5 6\n", {.delimiter = Dialect::kBlanks});
  ASSERT_EQ(blanks.size(), 2U);
  EXPECT_EQ(blanks[0].cells, (Cells{"1", "2", "3"}));
  EXPECT_EQ(blanks[1].cells, (Cells{"4", "5", "6"}));
  EXPECT_EQ(rows_of("1,2\r\r\n").at(0).cells, (Cells{"1", "2"}));
}

}  // namespace
}  // namespace haina
