// Pieces of the report as HTML and inline SVG text: escaped, coloured by the page's CSS variables, readable without
// scripts.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace haina {

// & < > " ' as entities; control characters but tab and newline, and broken UTF-8, become U+FFFD.
std::string escape_html(std::string_view text);

struct BarRow {
  std::string label;
  double value = 0;
  double low = std::numeric_limits<double>::quiet_NaN();  // interval, drawn as a whisker; NaN: none
  double high = std::numeric_limits<double>::quiet_NaN();
  std::string note = {};   // behind the bar: the number as a person reads it
  std::string style = {};  // CSS class: "" | "main" | "good" | "bad" | "unsure"
};
// One row a bar, from zero, to either side where a value or a bound is negative. Grows with the page, text does not
// shrink.
std::string bar_plot(std::span<const BarRow> rows, std::string_view description);

struct Line {
  std::string name;
  std::vector<std::pair<double, double>> points;  // x ascending, finite
};
// One axis, one unit: things of different units stand in plots of their own. Marks the best point where `best` says
// which is better.
enum class Best { kNone, kLowest, kHighest };
std::string line_plot(const Line& line, std::string_view x_name, Best best);

// A number short enough to read: four significant digits, no exponent between 1e-4 and 1e7, thousands apart for whole
// numbers.
std::string readable(double value);

}  // namespace haina
