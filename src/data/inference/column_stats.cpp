#include "data/inference/column_stats.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "data/parse_cell.h"
#include "data/parse_quantity.h"
#include "data/parse_time.h"
#include "data/shortened.h"

namespace haina {
namespace {

void count_date(const std::string& cell, ColumnStats& stats) {
  const auto date = parse_written_time(cell);
  stats.compact_dates += parse_compact_time(cell) ? 1 : 0;
  if (!date) {
    return;
  }
  ++stats.dates;
  stats.day_first += date->order == DayMonth::kDayFirst ? 1 : 0;
  stats.month_first += date->order == DayMonth::kMonthFirst ? 1 : 0;
  if (date->order == DayMonth::kEither) {
    stats.ambiguous_date = stats.either_order == 0 ? cell : stats.ambiguous_date;
    ++stats.either_order;
    stats.either_as_month += date->month_first ? 1 : 0;
  }
}

void count_number(const std::string& cell, char decimal, std::vector<double>& numbers, ColumnStats& stats) {
  const auto number = parse_quantity(cell, decimal);
  if (!number) {
    stats.first_odd = stats.odd == 0 ? shortened(cell, 60) : stats.first_odd;
    ++stats.odd;
    return;
  }
  ++stats.numbers;
  numbers.push_back(*number);
  stats.padded += cell.size() > 1 && cell[0] == '0' && cell[1] >= '0' && cell[1] <= '9' ? 1 : 0;
  stats.least = std::min(stats.least, *number);
  stats.most = std::max(stats.most, *number);
  if (is_rounded_id(cell) && std::abs(*number) >= 1e8) {
    stats.rounded_id = stats.rounded == 0 ? cell : stats.rounded_id;
    ++stats.rounded;
  }
  if (cell.find_first_of(".,") == std::string::npos) {
    return;
  }
  const NumberForm form = number_form(cell);
  stats.point_numbers += form == NumberForm::kPoint ? 1 : 0;
  if (form == NumberForm::kComma) {
    stats.comma_number = stats.comma_numbers == 0 ? cell : stats.comma_number;
    ++stats.comma_numbers;
  } else if (form == NumberForm::kEitherPoint || form == NumberForm::kEitherComma) {
    stats.either_number = stats.either_numbers == 0 ? cell : stats.either_number;
    stats.either_value = stats.either_numbers == 0 ? *number : stats.either_value;
    ++stats.either_numbers;
  }
}

void count_words(const std::string& cell, ColumnStats& stats) {
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

constexpr double kPerSecond[] = {1, 1, 1e3, 1e6, 1e9};
constexpr double kSecondsIn1990 = 631'152'000;

// By size: 1e8 to 1e11 in seconds, and so on. Each range covers the years 1973 to 5138 in one unit.
int unit_of(double number) { return number < 1e8 ? 0 : number < 1e11 ? 1 : number < 1e14 ? 2 : number < 1e17 ? 3 : 4; }

void count_units(std::vector<double>& numbers, ColumnStats& stats) {
  if (numbers.empty()) {
    return;
  }
  std::vector<double> sorted = numbers;
  const auto middle = sorted.begin() + std::ssize(sorted) / 2;
  std::ranges::nth_element(sorted, middle);
  stats.median = *middle;
  const int unit = unit_of(stats.median);
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count() + 86'400;
  for (const double number : numbers) {
    const double second = number / kPerSecond[unit];
    stats.recent += unit > 0 && second > kSecondsIn1990 && second < now ? 1 : 0;
    if (unit > 0 && number >= 1e8 && unit_of(number) != unit) {
      stats.other_unit = stats.other_units == 0 ? number : stats.other_unit;
      ++stats.other_units;
    }
  }
}

}  // namespace

ColumnStats column_stats(const FilePreview& preview, size_t column, char decimal) {
  ColumnStats stats;
  std::vector<double> numbers;
  for (const std::vector<std::string>& row : preview.rows) {
    const std::string cell(trimmed(row[column]));
    if (cell.empty()) {
      continue;
    }
    if (is_missing_word(cell)) {
      stats.missing_word = stats.missing_words == 0 ? cell : stats.missing_word;
      ++stats.missing_words;
      continue;
    }
    ++stats.filled;
    stats.distinct.insert(cell);
    stats.bytes += std::ssize(cell);
    count_number(cell, decimal, numbers, stats);
    count_date(cell, stats);
    count_words(cell, stats);
  }
  count_units(numbers, stats);
  return stats;
}

char decimal_mark(const std::vector<ColumnStats>& stats) {
  int64_t commas = 0;
  int64_t points = 0;
  for (const ColumnStats& column : stats) {
    commas += column.mostly_numbers() ? column.comma_numbers : 0;
    points += column.mostly_numbers() ? column.point_numbers : 0;
  }
  return commas > points ? ',' : '.';
}

std::string time_unit(const ColumnStats& stats) {
  if (stats.per_cell(stats.dates) > 0.9) {
    const bool days = stats.day_first > 0 || stats.month_first > 0 || stats.either_order > 0;
    if (!days || 2 * (stats.day_first + stats.month_first + stats.either_order) < stats.dates) {
      return "iso";
    }
    const bool month_first = stats.day_first != stats.month_first ? stats.month_first > stats.day_first
                                                                  : 2 * stats.either_as_month > stats.either_order;
    return month_first ? "m/d/y" : "d.m.y";
  }
  if (!stats.numeric()) {
    return "";
  }
  if (stats.per_cell(stats.compact_dates) > 0.95) {
    return "yyyymmdd";
  }
  // Days of 1995 to 2050, most with a time of day.
  const bool days = stats.least > 34700 && stats.most < 54800 && 2 * stats.point_numbers > stats.filled;
  constexpr double kLatest = 4102444800;  // 2100 in seconds
  static constexpr const char* kUnits[] = {"", "s", "ms", "us", "ns"};
  const int unit = unit_of(stats.median);
  return days ? "excel" : stats.median / kPerSecond[unit] > kLatest ? "" : kUnits[unit];
}

}  // namespace haina
