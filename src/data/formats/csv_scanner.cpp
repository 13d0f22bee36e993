#include "data/formats/csv_scanner.h"

#include <algorithm>

namespace haina {
namespace {

class RowScanner {
 public:
  RowScanner(std::string_view text, const Dialect& dialect) : text_(text), dialect_(dialect) {}

  bool at_end() const { return at_ >= text_.size(); }

  // Scans one row, which may be empty, with its line end.
  void next(DelimitedRow& row) {
    row.line = line_;
    row.byte = static_cast<int64_t>(at_);
    row.cells.clear();
    row.open_quote = false;
    const size_t begin = at_;
    while (scan_cell(row)) {
    }
    row.at_end = at_ == text_.size();
    if (row.open_quote) {
      at_ = std::min(text_.find('\n', begin), text_.size());
      line_ = row.line;
    }
    size_t end = at_;
    if (end > begin && text_[end - 1] == '\r') {
      --end;
      if (!row.cells.back().empty() && row.cells.back().back() == '\r') {
        row.cells.back().pop_back();
      }
    }
    row.raw = text_.substr(begin, end - begin);
    ++line_;
    ++at_;
  }

 private:
  // Returns whether another cell follows in the row.
  bool scan_cell(DelimitedRow& row) {
    std::string& cell = row.cells.emplace_back();
    if (dialect_.quotes && at_ < text_.size() && text_[at_] == '"') {
      row.open_quote = !scan_quoted(cell);
    }
    const size_t rest = at_;
    while (!row.open_quote && at_ < text_.size() && text_[at_] != '\n' &&
           text_.compare(at_, dialect_.delimiter.size(), dialect_.delimiter) != 0) {
      ++at_;
    }
    cell.append(text_.substr(rest, at_ - rest));
    if (at_ < text_.size() && text_[at_] != '\n' && !row.open_quote) {
      at_ += dialect_.delimiter.size();
      return true;
    }
    return false;
  }

  // From the opening quote to behind the closing one; false if it does not close.
  bool scan_quoted(std::string& cell) {
    ++at_;
    const size_t furthest = std::min(text_.size(), at_ + kLongestQuoted);
    while (at_ < furthest) {
      if (text_[at_] == '"') {
        if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          cell += '"';
          at_ += 2;
          continue;
        }
        ++at_;
        return true;
      }
      line_ += text_[at_] == '\n' ? 1 : 0;
      cell += text_[at_++];
    }
    return false;
  }

  std::string_view text_;
  const Dialect& dialect_;
  size_t at_ = 0;
  int64_t line_ = 1;
};

}  // namespace

void scan_delimited(std::string_view text, const Dialect& dialect,
                    const std::function<bool(const DelimitedRow&)>& on_row) {
  DelimitedRow row;
  for (RowScanner scanner(text, dialect); !scanner.at_end();) {
    scanner.next(row);
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
