// Chooses the delimiter and the quotes of delimited text by all rows of a sample.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "data/formats/csv_scanner.h"

namespace haina {

inline constexpr auto kDelimiters =
    std::to_array<const char*>({"\t", "::", ",", ";", "|", "\x01", Dialect::kBlanks, " "});
inline constexpr size_t kNumDelimiters = kDelimiters.size();

// A row of the sample, cut at line ends outside quotes: how many cells each delimiter makes of it.
struct RowCount {
  size_t begin = 0, end = 0;  // in the sample
  int64_t line = 0;           // 1-based
  std::array<uint32_t, kNumDelimiters> cells = {};
};

// Rows of the sample that are not blank.
enum class Quotes { kIgnore, kCount };
std::vector<RowCount> count_rows(std::string_view sample, Quotes quotes);

// The row without its line end.
std::string_view text_of(std::string_view sample, const RowCount& row);

// The place in kDelimiters of the one that cuts the rows most evenly; of equally even ones that with most cells, blanks
// last. A first row that it does not cut as the others counts against it.
size_t choose_delimiter(const std::vector<RowCount>& rows);

// Sets whether cells are quoted, and whether a backslash stands before a quote inside: as the source says, else by all
// quotes of the sample at the begin of a cell.
void choose_quotes(std::string_view sample, const SourceConfig& source, Dialect& dialect);

}  // namespace haina
