// What the cells of a previewed column hold: counts, and what follows from them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "data/formats/file_preview.h"

namespace haina {

struct ColumnStats {
  // Cells that hold a value, and how many of them are: numbers; numbers with leading zeros; numbers with a decimal
  // comma; web addresses. Also the number of words and of bytes in all cells. Empty cells and
  // words for missing values (NULL, N/A, …) do not count.
  int64_t filled = 0, numbers = 0, padded = 0, comma_numbers = 0, links = 0, words = 0, bytes = 0;
  double least = 1e300, most = -1e300;                       // of the numbers
  double median = 0;                                         // of the numbers
  std::set<std::string> distinct;                            // cells
  std::set<std::string> distinct_words;                      // words of the cells, cut at blanks
  std::map<char, int64_t> separated = {{'|', 0}, {';', 0}};  // cells that hold the character

  int64_t missing_words = 0;  // cells that are words for missing values
  std::string missing_word;   // the first of them
  // Numbers with a decimal point, and those that can be read with either mark ("1.299").
  int64_t point_numbers = 0, either_numbers = 0;
  std::string comma_number, either_number;  // the first of each
  double either_value = 0;                  // how either_number is read
  int64_t odd = 0;                          // of a column of numbers, cells that are none
  std::string first_odd;
  // Written dates; of these, those with the day or the month first, and those that could be either.
  int64_t dates = 0, day_first = 0, month_first = 0, either_order = 0, either_as_month = 0;
  std::string ambiguous_date;
  int64_t compact_dates = 0;  // "20231114"
  int64_t recent = 0;         // numbers that are times between 1990 and tomorrow in the median's unit
  int64_t other_units = 0;    // times of another size than the median's unit
  double other_unit = 0;      // the first of them
  int64_t rounded = 0;        // "1.23457E+12"
  std::string rounded_id;

  double per_cell(int64_t count) const {
    return filled == 0 ? 0 : static_cast<double>(count) / static_cast<double>(filled);
  }
  bool numeric() const { return per_cell(numbers) > 0.95; }
  // Nearly all cells are numbers, "$12.50" included; those that are not count as missing.
  bool mostly_numbers() const { return filled > 0 && per_cell(numbers) >= 0.95; }
  bool quantity() const { return mostly_numbers() && padded == 0; }  // not a code such as "02138"
  bool unique() const { return filled > 10 && std::ssize(distinct) == filled; }
};

// `decimal`: the decimal mark of the numbers.
ColumnStats column_stats(const FilePreview& preview, size_t column, char decimal);

// The decimal mark of the file, where a number can be read in two ways: a comma if more numbers can be read with it
// alone than with a point alone.
char decimal_mark(const std::vector<ColumnStats>& stats);

// "s", "ms", "us" or "ns" by the median's size; "iso", "d.m.y" or "m/d/y" for written dates; "yyyymmdd" for dates of
// digits alone; "excel" for days as spreadsheets count them; empty if the column holds no times.
std::string time_unit(const ColumnStats& stats);

}  // namespace haina
