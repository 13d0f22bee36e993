#include "data/formats/csv_scanner.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace haina {

void scan_delimited(std::string_view text, const Dialect& dialect,
                    const std::function<bool(const DelimitedRow&)>& on_row) {
  DelimitedRow row;
  size_t at = 0;
  int64_t line = 1;
  while (at < text.size()) {
    row.line = line;
    row.byte = static_cast<int64_t>(at);
    row.cells.clear();
    row.open_quote = row.at_end = false;
    const size_t begin = at;
    const int64_t first_line = line;
    bool row_ended = false;
    while (!row_ended) {
      row.cells.emplace_back();
      std::string& cell = row.cells.back();
      if (dialect.quotes && at < text.size() && text[at] == '"') {
        ++at;
        row.open_quote = true;
        const size_t furthest = std::min(text.size(), at + kLongestQuoted);
        while (at < furthest) {
          if (text[at] == '"') {
            if (at + 1 < text.size() && text[at + 1] == '"') {
              cell += '"';
              at += 2;
              continue;
            }
            ++at;
            row.open_quote = false;
            break;
          }
          line += text[at] == '\n' ? 1 : 0;
          cell += text[at++];
        }
      }
      const size_t rest = at;
      while (!row.open_quote && at < text.size() && text[at] != '\n' &&
             text.compare(at, dialect.delimiter.size(), dialect.delimiter) != 0) {
        ++at;
      }
      cell.append(text.substr(rest, at - rest));
      if (at < text.size() && text[at] != '\n' && !row.open_quote) {
        at += dialect.delimiter.size();
        continue;
      }
      row_ended = true;
    }
    row.at_end = at == text.size();
    if (row.open_quote) {
      at = std::min(text.find('\n', begin), text.size());
      line = first_line;
    }
    size_t end = at;
    if (end > begin && text[end - 1] == '\r') {
      --end;
      if (!row.cells.back().empty() && row.cells.back().back() == '\r') {
        row.cells.back().pop_back();
      }
    }
    row.raw = text.substr(begin, end - begin);
    ++line;
    ++at;
    if (!row.raw.empty() && !on_row(row)) {
      return;
    }
  }
}

Dialect guess_dialect(std::string_view head) {
  Dialect best;
  size_t best_cells = 1;
  for (const char* const delimiter : {"\t", "::", ",", ";", "|", " "}) {
    const Dialect tried = {delimiter, true};
    size_t cells = 0;
    int64_t rows = 0;
    bool even = true;
    scan_delimited(head, tried, [&](const DelimitedRow& row) {
      cells = rows == 0 ? row.cells.size() : cells;
      even = even && row.cells.size() == cells;
      return even && ++rows < 50;
    });
    const bool stronger = cells > best_cells && (best_cells == 1 || std::string_view(delimiter) != " ");
    if (even && stronger) {
      best = tried;
      best_cells = cells;
    }
  }
  return best;
}

}  // namespace haina
