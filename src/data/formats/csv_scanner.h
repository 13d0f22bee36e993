// Delimited text from memory: rows of cells, with RFC 4180 quotes where wanted.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace haina {

struct Dialect {
  std::string delimiter = ",";  // one byte or more
  bool quotes = true;           // a cell may stand in double quotes, with "" for one and line ends inside
};

constexpr size_t kLongestQuoted = 8 << 20;

// Where a row began, and its cells; views into the text, or into `unquoted` where quotes were taken off.
struct DelimitedRow {
  int64_t line = 0;
  int64_t byte = 0;
  std::string_view raw;
  std::vector<std::string> cells;
  bool open_quote = false;  // a quote that never closes: the row is this line alone, its cells are not to be trusted
  bool at_end = false;      // the text ended before the row did
};

// Calls on_row for every row that is not empty; false ends the scan. Lines end with LF or CRLF; a last line without one
// counts. A quote that does not close within kLongestQuoted bytes spoils its own line alone.
void scan_delimited(std::string_view text, const Dialect& dialect,
                    const std::function<bool(const DelimitedRow&)>& on_row);

// The delimiter that cuts the first lines into the same number (two or more) of cells, preferring the most cells: among
// tab , ; | :: and space.
Dialect guess_dialect(std::string_view head);

}  // namespace haina
