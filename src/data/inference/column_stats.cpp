#include "data/inference/column_stats.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "data/parse_cell.h"

namespace haina {

ColumnStats column_stats(const FilePreview& preview, size_t column, char decimal) {
  ColumnStats stats;
  for (const std::vector<std::string>& row : preview.rows) {
    const std::string& cell = row[column];
    if (trimmed(cell).empty()) {
      continue;
    }
    ++stats.filled;
    stats.distinct.insert(cell);
    stats.bytes += std::ssize(cell);
    if (const auto number = parse_number(trimmed(cell), decimal)) {
      ++stats.numbers;
      stats.padded += cell.size() > 1 && cell[0] == '0' && cell[1] >= '0' && cell[1] <= '9' ? 1 : 0;
      stats.least = std::min(stats.least, *number);
      stats.most = std::max(stats.most, *number);
    } else if (parse_number(trimmed(cell), ',')) {
      ++stats.comma_numbers;
    }
    stats.iso_times += parse_iso_time(trimmed(cell)) ? 1 : 0;
    stats.links += cell.starts_with("http://") || cell.starts_with("https://") ? 1 : 0;
    stats.words += 1 + std::ranges::count(cell, ' ');
    for (auto& [separator, count] : stats.separated) {
      count += cell.find(separator) != std::string::npos ? 1 : 0;
    }
    for (size_t at = 0; at < cell.size();) {
      const size_t end = std::min(cell.find(' ', at), cell.size());
      stats.distinct_words.insert(cell.substr(at, end - at));
      at = end + 1;
    }
  }
  return stats;
}

char decimal_mark(const FilePreview& preview, const std::vector<ColumnStats>& stats) {
  const bool possible = preview.dialect && preview.dialect->delimiter != ",";
  return possible && std::ranges::any_of(stats,
                                         [](const ColumnStats& column) {
                                           return column.comma_numbers > 0 &&
                                                  column.per_cell(column.comma_numbers + column.numbers) > 0.95;
                                         })
             ? ','
             : '.';
}

std::string time_unit(const ColumnStats& stats) {
  if (stats.per_cell(stats.iso_times) > 0.9) {
    return "iso";
  }
  // Each range covers the years 1973 to 5138 in one unit.
  const double t = stats.numeric() ? stats.most : 0;
  return t < 1e8 ? "" : t < 1e11 ? "s" : t < 1e14 ? "ms" : t < 1e17 ? "us" : "ns";
}

std::string star_goal(const std::string& header, const ColumnStats& stats) {
  if (!stats.numeric() || stats.distinct.size() < 3 || stats.distinct.size() > 11 || stats.least < 0) {
    return "";
  }
  return stats.most == 5 ? header + " >= 4" : stats.most == 10 ? header + " >= 7" : "";
}

}  // namespace haina
