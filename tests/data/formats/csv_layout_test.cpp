#include "data/formats/csv_layout.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace haina {
namespace {

using Cells = std::vector<std::string>;

CsvLayout layout_of(const std::string& text, const SourceConfig& source = {}) { return find_csv_layout(text, source); }
std::string delimiter_of(const std::string& text) { return layout_of(text).dialect.delimiter; }

TEST(CsvLayout, TheDelimiterCutsAllRowsAlike) {
  EXPECT_EQ(delimiter_of("user,item\n1,2\n"), ",");
  EXPECT_EQ(delimiter_of("a;b;c\n1,5;2;3\n"), ";");
  EXPECT_EQ(delimiter_of("user;value\n1;3,5\n2;4,5\n"), ";");
  EXPECT_EQ(delimiter_of("a\tb c\n1\t2 3\n"), "\t");
  EXPECT_EQ(delimiter_of("1::Toy Story (1995)::Animation|Comedy\n2::Jumanji (1995)::Adventure\n"), "::");
  EXPECT_EQ(delimiter_of("1|2|a b\n3|4|c d\n"), "|");
  EXPECT_EQ(delimiter_of("1 2\n3 4\n"), " ");
  EXPECT_EQ(delimiter_of("1   2\n30  4\n"), "blanks");
  EXPECT_EQ(delimiter_of("\"a,b\",1\n\"c\",2\n"), ",") << "a delimiter inside quotes does not count";
  EXPECT_EQ(delimiter_of("word\n"), ",") << "nothing to tell by";
  EXPECT_EQ(delimiter_of("id,vector\n1,0.5;0.5;0.5\n2,0.5;0.5;0.5\n"), ",") << "the header has no semicolons";
}

TEST(CsvLayout, LinesAboveTheHeader) {
  const CsvLayout sep = layout_of("sep=;\r\na;b\r\n1;2\r\n");
  EXPECT_EQ(sep.dialect.delimiter, ";");
  EXPECT_EQ(sep.skip_lines, 1);
  EXPECT_EQ(sep.first, (Cells{"a", "b"}));
  const CsvLayout titles = layout_of("Report, 2023\n\nuser,item,value\nu1,i1,3\nu2,i2,4\n");
  EXPECT_EQ(titles.skip_lines, 2);
  EXPECT_EQ(titles.first, (Cells{"user", "item", "value"}));
  const CsvLayout wide = layout_of("Report,,\n,,\nuser,item,value\nu1,i1,3\nu2,i2,4\n");
  EXPECT_EQ(wide.skip_lines, 2);
  EXPECT_EQ(layout_of("user,item,value\nu1,i1,3\n").skip_lines, 0);
  SourceConfig source;
  source.skip_lines = 1;
  EXPECT_EQ(layout_of("x,y\nuser,item\n1,2\n", source).first, (Cells{"user", "item"}));
}

TEST(CsvLayout, Comments) {
  const CsvLayout comments = layout_of("# made by x\n# rows: 2\nuser,item\nu1,2\nu2,3\n");
  EXPECT_EQ(comments.dialect.comment, "#");
  EXPECT_EQ(comments.first, (Cells{"user", "item"}));
  EXPECT_EQ(comments.skip_lines, 0);
  const CsvLayout header = layout_of("#user,item\nu1,2\nu2,3\n");
  ASSERT_EQ(header.first.size(), 2U);
  EXPECT_EQ(clean_header(header.first[0]), "user");
  EXPECT_EQ(layout_of("#id,tag\n#1,a\n#2,b\n").dialect.comment, "") << "every row begins so";
}

TEST(CsvLayout, WidthsAndNamelessCells) {
  const CsvLayout index = layout_of("user,item\n1,u1,5\n2,u2,6\n");
  EXPECT_EQ(index.shift, 1U);
  EXPECT_EQ(index.width, 3U);
  const CsvLayout trailing = layout_of("user,item\nu1,5,\nu2,6,\n");
  EXPECT_EQ(trailing.shift, 0U);
  EXPECT_EQ(trailing.width, 2U);
  const CsvLayout both = layout_of("user,item,\nu1,5,\nu2,6,\n");
  EXPECT_EQ(both.width, 3U);
}

TEST(CsvLayout, Quotes) {
  EXPECT_TRUE(layout_of("a,b\n\"1\",2\n").dialect.quotes);
  EXPECT_FALSE(layout_of("a\tb\n\"1\t2\n\"3\t4\n").dialect.quotes) << "none closes";
  const CsvLayout backslash = layout_of("a;b\n\"x \\\"y\\\" z\";2\n\"w\";3\n");
  EXPECT_TRUE(backslash.dialect.backslash);
  EXPECT_EQ(backslash.width, 2U);
}

TEST(CsvLayout, NamesAndTotals) {
  EXPECT_EQ(clean_header(" rating\n(1-5) "), "rating (1-5)");
  EXPECT_EQ(clean_header("\xEF\xBB\xBFuser"), "user");
  EXPECT_EQ(clean_header("#1"), "#1");
  EXPECT_TRUE(is_totals_row({"", "Total", "900"}));
  EXPECT_TRUE(is_totals_row({"(900 rows)"}));
  EXPECT_FALSE(is_totals_row({"u1", "Total", "900"}));
}

}  // namespace
}  // namespace haina
