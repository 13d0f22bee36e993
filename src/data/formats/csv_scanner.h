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
  std::string delimiter = ",";  // one byte or more; kBlanks: any number of blanks and tabs
  bool quotes = true;           // cells may stand in double quotes, which may hold delimiters, line ends, and "" for "
  bool backslash = false;       // in quotes: \" for "
  std::string comment = {};     // lines that begin so are no rows; empty: there are none
  size_t width = 0;  // cells of a row, where known: lines that quotes join to a row of another width are apart
  bool blanks() const { return delimiter == kBlanks; }
  static constexpr const char* kBlanks = "blanks";
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

// Calls on_row for every row that is neither empty nor a comment, until it returns false. Lines end with LF or CRLF;
// the last line may lack its end. A quote that does not close within kLongestQuoted bytes spoils only its own line. A
// quoted cell over several lines with something else than a delimiter behind its end began with a stray quote.
void scan_delimited(std::string_view text, const Dialect& dialect,
                    const std::function<bool(const DelimitedRow&)>& on_row);

}  // namespace haina
