// Plots of the report as HTML and inline SVG: text is escaped, colors are the page's CSS variables, no scripts.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluation/report_words.h"

namespace haina {

// & < > " ' as entities; control characters but tab and newline, and broken UTF-8, become U+FFFD.
std::string escape_html(std::string_view text);

struct BarRow {
  std::string label;
  double value = 0;
  double low = std::numeric_limits<double>::quiet_NaN();  // interval, drawn as a whisker; NaN: none
  double high = std::numeric_limits<double>::quiet_NaN();
  std::string note = {};   // shown behind the bar: the formatted number
  std::string style = {};  // CSS class: "" | "main" | "good" | "bad" | "unsure"
};
// A bar for each row, from zero to either side. Bars grow with the page; text keeps its size. scale: a value that the
// track must hold, so that plots beside each other have one scale.
std::string bar_plot(std::span<const BarRow> rows, std::string_view description, const report::ReportWords& words,
                     double scale = 0);

struct Line {
  std::string name;
  std::vector<std::pair<double, double>> points;  // x ascending, finite
  std::optional<double> chosen = std::nullopt;    // x of the point that is marked instead of the best
};
// One line on one axis; values with different units need plots of their own. `best` says which point is marked, and on
// which side its number stands.
enum class Best { kNone, kLowest, kHighest };
std::string line_plot(const Line& line, std::string_view x_name, Best best, const report::ReportWords& words);

// Four significant digits without an exponent between 1e-4 and 1e7; whole numbers with thousands separated.
std::string readable(double value);

}  // namespace haina
