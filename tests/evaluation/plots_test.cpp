#include "evaluation/plots.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace haina {
namespace {

TEST(EscapeHtml, KeepsUtf8AndReplacesInvalidBytes) {
  EXPECT_EQ(escape_html("海纳 <&>\"'"), "海纳 &lt;&amp;&gt;&quot;&#39;");
  EXPECT_EQ(escape_html("a\xffz\x01"), "a\xEF\xBF\xBDz\xEF\xBF\xBD");
  EXPECT_EQ(escape_html("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Readable, ShortNumbers) {
  EXPECT_EQ(readable(0.0714285), "0.07143");
  EXPECT_EQ(readable(1234567), "1\u202F234\u202F567");
  EXPECT_EQ(readable(-2), "−2");
  EXPECT_EQ(readable(0), "0");
}

TEST(BarPlot, PutsNegativeBarsLeftOfZero) {
  const std::vector<BarRow> rows = {{.label = "a", .value = -1}, {.label = "b", .value = 3}};
  const std::string plot = bar_plot(rows, "test", report::kEnglish);
  EXPECT_NE(plot.find("fill left\" style=\"left:0.00%"), std::string::npos) << plot;
  const std::string zero = "class=\"zero\"";
  EXPECT_NE(plot.find(zero), plot.rfind(zero)) << "a zero line in each of the two rows";
}

// Plots beside each other compare only if equal values have equal lengths.
TEST(BarPlot, TheLargestValueOfAllPlotsSetsTheScale) {
  const std::vector<BarRow> rows = {{.label = "a", .value = 1}};
  EXPECT_NE(bar_plot(rows, "test", report::kEnglish).find("width:98.04%"), std::string::npos);
  EXPECT_NE(bar_plot(rows, "test", report::kEnglish, 4).find("width:24.51%"), std::string::npos);
}

TEST(LinePlot, MarksTheChosenPointInPlaceOfTheBest) {
  const Line line = {"loss", {{1, 3}, {2, 1.5}, {3, 1.25}}, 2.0};
  const std::string plot = line_plot(line, "epoch", Best::kLowest, report::kEnglish);
  EXPECT_NE(plot.find(">1.5</text>"), std::string::npos) << plot;
  EXPECT_EQ(plot.find("class=\"best\""), plot.rfind("class=\"best\""));
}

TEST(LinePlot, MarksTheBestPointAndIsEmptyWithoutPoints) {
  const Line line = {"loss", {{1, 3}, {2, 1}, {3, 2}}, {}};
  EXPECT_NE(line_plot(line, "epoch", Best::kLowest, report::kEnglish).find(">1</text>"), std::string::npos);
  EXPECT_NE(line_plot(line, "epoch", Best::kHighest, report::kEnglish).find("class=\"best\""), std::string::npos);
  EXPECT_EQ(line_plot(line, "epoch", Best::kNone, report::kEnglish).find("class=\"best\""), std::string::npos);
  EXPECT_EQ(line_plot({"empty", {}, {}}, "epoch", Best::kLowest, report::kEnglish), "");
}

}  // namespace
}  // namespace haina
