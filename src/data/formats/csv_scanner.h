// Cuts delimited text in memory into rows of cells, with the quotes of RFC 4180.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace haina {

struct Dialect {
  std::string delimiter = ",";  // one byte or more
  bool quotes = true;           // cells may stand in double quotes, which may hold delimiters, line ends, and "" for "
};

inline constexpr size_t kLongestQuoted = 8 << 20;  // bytes

struct DelimitedRow {
  int64_t line = 0;      // 1-based, of the row's first line
  int64_t byte = 0;      // where the row begins in the text
  std::string_view raw;  // the row in the text, without its line end
  std::vector<std::string> cells;
  bool open_quote = false;  // a quote never closes: the row is its first line alone, and its cells are unreliable
  bool at_end = false;      // the text ended before a line end: the row may be cut off
};

// Calls on_row for every row that is not empty, until it returns false. Lines end with LF or CRLF; the last line may
// lack its end. A quote that does not close within kLongestQuoted bytes spoils only its own line.
void scan_delimited(std::string_view text, const Dialect& dialect,
                    const std::function<bool(const DelimitedRow&)>& on_row);

// Guesses the delimiter from the first 50 rows: of tab, "::", comma, semicolon, bar and blank the one that cuts all of
// them into the same number of cells, at least two; of several the one that gives most cells, a blank last.
Dialect guess_dialect(std::string_view head);

}  // namespace haina
