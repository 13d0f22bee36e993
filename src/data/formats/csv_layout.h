// How delimited text is laid out: its dialect, the lines above its header, and which cell of a row is which column. The
// same for previews and for reading, so that a source without settings is read as haina init would describe it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "data/formats/csv_scanner.h"
#include "data/formats/file_preview.h"

namespace haina {

struct CsvLayout {
  Dialect dialect;
  int64_t skip_lines = 0;               // above the first row: "sep=;", titles
  bool skipped = false;                 // whether a reader must be told: comments alone are not rows anyway
  std::vector<std::string> first = {};  // cells of the first row, the header if there is one; empty: there is no row
  int64_t first_line = 1;               // 1-based
  size_t begin = 0, end = 0;            // of the first row in the text, without its line end
  size_t width = 0;                     // cells of a row of data
  size_t comments = 0;                  // comments among the rows of the sample
  size_t shift = 0;                     // 1: rows of data begin with a cell that the header lacks
};

// From the beginning of a text, whole lines; what the source sets is taken as it is. The whole sample counts, in one
// pass for all delimiters: of tab, "::", comma, semicolon, bar, ^A, blanks and a single blank the one that cuts the
// rows most evenly; of equally even ones that with most cells, blanks last.
CsvLayout find_csv_layout(std::string_view sample, const SourceConfig& source);

// A header's cell as a name: without blanks at its ends, "#" at the begin of the line, and with line ends as blanks.
std::string clean_header(std::string_view cell);

// Whether the row is one of totals: "Total;;900", "(900 rows)".
bool is_totals_row(const std::vector<std::string>& cells);

// The keys of a [[source]] that say what the preview found out: ("delimiter", ";") and so on, values as TOML strings or
// numbers without quotes. Empty for formats that are not delimited.
struct SourceSetting {
  std::string key;
  std::string text;
  bool number = false;  // written without quotes
};
std::vector<SourceSetting> dialect_settings(const FilePreview& preview);

}  // namespace haina
