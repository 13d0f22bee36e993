#include "data/formats/csv_scanner.h"

#include <algorithm>

namespace haina {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

class RowScanner {
 public:
  RowScanner(std::string_view text, const Dialect& dialect) : text_(text), dialect_(dialect) {}

  bool at_end() const { return at_ >= text_.size(); }

  // Scans one row, which may be empty, with its line end.
  void next(DelimitedRow& row) {
    row.line = line_;
    row.byte = static_cast<int64_t>(at_);
    const size_t begin = at_;
    comment_ = !dialect_.comment.empty() && text_.compare(at_, dialect_.comment.size(), dialect_.comment) == 0;
    scan_cells(row, dialect_.quotes && !comment_);
    const bool joined = line_ > row.line && !row.open_quote;
    if (joined && dialect_.width > 0 && row.cells.size() != dialect_.width) {
      at_ = begin;
      line_ = row.line;
      scan_cells(row, false);
    }
    row.at_end = at_ == text_.size();
    if (row.open_quote) {
      at_ = std::min(text_.find('\n', begin), text_.size());
      line_ = row.line;
    }
    size_t end = at_;
    while (end > begin && text_[end - 1] == '\r') {
      --end;
      if (!row.cells.back().empty() && row.cells.back().back() == '\r') {
        row.cells.back().pop_back();
      }
    }
    row.raw = text_.substr(begin, end - begin);
    ++line_;
    ++at_;
  }
  // Whether the row that next() scanned is a comment.
  bool comment() const { return comment_; }

 private:
  void scan_cells(DelimitedRow& row, bool quotes) {
    row.cells.clear();
    row.open_quote = false;
    if (dialect_.blanks()) {
      skip_blanks();
    }
    while (scan_cell(row, quotes)) {
    }
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) {
      ++at_;
    }
  }

  bool at_delimiter() const {
    return dialect_.blanks() ? is_blank(text_[at_])
                             : text_.compare(at_, dialect_.delimiter.size(), dialect_.delimiter) == 0;
  }

  // Returns whether another cell follows in the row.
  bool scan_cell(DelimitedRow& row, bool quotes) {
    std::string& cell = row.cells.emplace_back();
    const size_t quote = quotes ? quote_of_cell() : std::string_view::npos;
    if (quote != std::string_view::npos) {
      const size_t begin = at_;
      at_ = quote;
      const int64_t line = line_;
      row.open_quote = !scan_quoted(cell);
      if (!row.open_quote && line_ > line && at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r' &&
          !at_delimiter()) {
        at_ = begin;
        line_ = line;
        cell.clear();
      }
    }
    const size_t rest = at_;
    while (!row.open_quote && at_ < text_.size() && text_[at_] != '\n' && !at_delimiter()) {
      ++at_;
    }
    cell.append(text_.substr(rest, at_ - rest));
    if (at_ >= text_.size() || text_[at_] == '\n' || row.open_quote) {
      return false;
    }
    if (dialect_.blanks()) {
      skip_blanks();
      return at_ < text_.size() && text_[at_] != '\n';
    }
    at_ += dialect_.delimiter.size();
    return true;
  }

  // Where the cell's opening quote is: at its begin, or behind a blank ("1, \"a, b\""); npos if there is none.
  size_t quote_of_cell() const {
    size_t at = at_;
    while (at < text_.size() && text_[at] == ' ' && dialect_.delimiter != " ") {
      ++at;
    }
    return at < text_.size() && text_[at] == '"' ? at : std::string_view::npos;
  }

  // From the opening quote to behind the closing one; false if it does not close.
  bool scan_quoted(std::string& cell) {
    ++at_;
    const size_t furthest = std::min(text_.size(), at_ + kLongestQuoted);
    while (at_ < furthest) {
      const bool pair = at_ + 1 < text_.size() && text_[at_ + 1] == '"';
      if (pair && (text_[at_] == '"' || (dialect_.backslash && text_[at_] == '\\'))) {
        cell += '"';
        at_ += 2;
        continue;
      }
      if (text_[at_] == '"') {
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
  bool comment_ = false;
};

}  // namespace

void scan_delimited(std::string_view text, const Dialect& dialect,
                    const std::function<bool(const DelimitedRow&)>& on_row) {
  DelimitedRow row;
  for (RowScanner scanner(text, dialect); !scanner.at_end();) {
    scanner.next(row);
    if (!row.raw.empty() && !scanner.comment() && !on_row(row)) {
      return;
    }
  }
}

}  // namespace haina
