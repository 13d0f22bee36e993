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
  // Cells that are not empty, and how many of them are: numbers; numbers with leading zeros; numbers with a decimal
  // comma; ISO times; web addresses. Also the number of words and of bytes in all cells.
  int64_t filled = 0, numbers = 0, padded = 0, comma_numbers = 0, iso_times = 0, links = 0, words = 0, bytes = 0;
  double least = 1e300, most = -1e300;                       // of the numbers
  std::set<std::string> distinct;                            // cells
  std::set<std::string> distinct_words;                      // words of the cells, cut at blanks
  std::map<char, int64_t> separated = {{'|', 0}, {';', 0}};  // cells that hold the character

  double per_cell(int64_t count) const {
    return filled == 0 ? 0 : static_cast<double>(count) / static_cast<double>(filled);
  }
  bool numeric() const { return per_cell(numbers) > 0.95; }
  bool quantity() const { return filled > 0 && numbers == filled && padded == 0; }  // not a code such as "02138"
  bool unique() const { return filled > 10 && std::ssize(distinct) == filled; }
};

// `decimal`: the decimal mark of the numbers.
ColumnStats column_stats(const FilePreview& preview, size_t column, char decimal);

// The decimal mark of the file: a comma if a column holds such numbers and the comma does not separate cells.
char decimal_mark(const FilePreview& preview, const std::vector<ColumnStats>& stats);

// "s", "ms", "us" or "ns" by size, "iso" by form; empty if the column holds no times.
std::string time_unit(const ColumnStats& stats);

// "rating >= 4" for a column of stars up to five, ">= 7" up to ten: at most eleven distinct values, none negative.
// Empty for any other column.
std::string star_goal(const std::string& header, const ColumnStats& stats);

}  // namespace haina
