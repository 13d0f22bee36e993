#include "data/inference/cell_doubts.h"

#include <fmt/format.h>

#include <algorithm>

#include "data/inference/column_stats.h"
#include "data/inference/looked_at.h"

namespace haina {
namespace {

void date_doubts(const std::string& name, const ColumnStats& stats, std::vector<std::string>& doubts) {
  if (stats.per_cell(stats.dates) <= 0.9 || stats.either_order == 0) {
    return;
  }
  const std::string unit = time_unit(stats);
  if (stats.day_first == 0 && stats.month_first == 0) {
    doubts.push_back(fmt::format(
        "column '{}': no date tells day from month ('{}'); it is read as {}. If that is wrong, write time = \"{}:{}\"",
        name, stats.ambiguous_date, unit == "m/d/y" ? "month/day" : "day/month", name,
        unit == "m/d/y" ? "d.m.y" : "m/d/y"));
  } else if (stats.day_first > 0 && stats.month_first > 0) {
    doubts.push_back(
        fmt::format("column '{}' mixes dates with the day first ({}) and with the month first ({}), so '{}' "
                    "can be either; it is read as {}, and the others are rejected",
                    name, stats.day_first, stats.month_first, stats.ambiguous_date, unit));
  }
}

void time_doubts(const std::string& name, const ColumnStats& stats, const std::string& of_rows,
                 std::vector<std::string>& doubts) {
  const std::string unit = time_unit(stats);
  if (unit == "excel") {
    doubts.push_back(
        fmt::format("column '{}' looks like dates as spreadsheets count days ('{}'); if it is read as a "
                    "time, the unit is excel",
                    name, stats.median));
  } else if (unit == "yyyymmdd") {
    doubts.push_back(fmt::format("column '{}' looks like dates written as digits ('{:.0f}')", name, stats.median));
  }
  if (stats.other_units > 0 && !unit.empty()) {
    doubts.push_back(
        fmt::format("column '{}': {} of {} times{} are not in {} as the others ('{:.0f}'); each is read by its "
                    "own size, and counted as impossible if that is no time near the others",
                    name, stats.other_units, stats.filled, of_rows, unit, stats.other_unit));
  }
}

void number_doubts(const std::string& name, const ColumnStats& stats, const std::string& of_rows,
                   std::vector<std::string>& doubts) {
  if (!stats.mostly_numbers()) {
    return;
  }
  if (stats.odd > 0) {
    doubts.push_back(
        fmt::format("column '{}': {} of {} cells{} are no numbers ('{}') and count as missing where it is "
                    "read as a number",
                    name, stats.odd, stats.filled, of_rows, stats.first_odd));
  }
  if (stats.point_numbers > 0 && stats.comma_numbers > 0) {
    doubts.push_back(
        fmt::format("column '{}' holds numbers with a decimal point and numbers with a decimal comma ('{}')", name,
                    stats.comma_number));
  } else if (stats.either_numbers > 0 && stats.point_numbers == 0 && stats.comma_numbers == 0) {
    doubts.push_back(
        fmt::format("column '{}': '{}' may be read in two ways, and no other number tells which; it is read "
                    "as {}. If that is wrong, write decimal = \",\"",
                    name, stats.either_number, stats.either_value));
  }
}

void id_doubts(const std::string& name, const ColumnStats& stats, const std::string& of_rows,
               std::vector<std::string>& doubts) {
  if (stats.rounded > 0) {
    doubts.push_back(
        fmt::format("column '{}': {} cells{} such as '{}' are ids that a spreadsheet has rounded: their last "
                    "digits are lost, and different ids have become one. Export the column as text",
                    name, stats.rounded, of_rows, stats.rounded_id));
  }
  if (stats.missing_words > 0 && !stats.mostly_numbers()) {
    doubts.push_back(
        fmt::format("column '{}': {} cells{} such as '{}' count as missing; in a column of ids their rows are "
                    "left out and counted, unless an item or user table has that id",
                    name, stats.missing_words, of_rows, stats.missing_word));
  }
}

}  // namespace

std::vector<std::string> cell_doubts(const FilePreview& preview) {
  std::vector<std::string> doubts;
  std::vector<ColumnStats> all;
  for (size_t c = 0; c < preview.columns.size(); ++c) {
    all.push_back(column_stats(preview, c, '.'));
  }
  const char decimal = decimal_mark(all);
  const std::string of_rows = looked_at(preview);
  for (size_t c = 0; c < preview.columns.size(); ++c) {
    if (preview.columns[c].list != ListKind::kNone) {
      continue;
    }
    const ColumnStats stats = decimal == '.' ? std::move(all[c]) : column_stats(preview, c, decimal);
    const std::string& name = preview.columns[c].name;
    date_doubts(name, stats, doubts);
    time_doubts(name, stats, of_rows, doubts);
    number_doubts(name, stats, of_rows, doubts);
    id_doubts(name, stats, of_rows, doubts);
  }
  return doubts;
}

}  // namespace haina
