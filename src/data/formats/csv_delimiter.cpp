#include "data/formats/csv_delimiter.h"

#include <algorithm>
#include <map>

#include "data/parse_cell.h"

namespace haina {
namespace {

constexpr size_t kColonsPlace = 1;
constexpr size_t kBlanksPlace = 6;
constexpr size_t kBlankPlace = 7;
constexpr size_t kFurthestQuote = 1 << 16;  // bytes of a quoted cell of the sample

// Whether the quote at `at` has its other end in the same line, before a blank or the line's end.
bool closes_in_line(std::string_view text, size_t at) {
  const size_t close = text.find_first_of("\"\n", at + 1);
  return close != std::string_view::npos && text[close] == '"' &&
         (close + 1 == text.size() || std::string_view(" \r\n").find(text[close + 1]) != std::string_view::npos);
}

// Counts the cells of one row from `at` on for every delimiter and moves `at` behind its line end. A quote opens at the
// begin of a cell alone.
RowCount count_row(std::string_view text, size_t& at, int64_t& line, bool quotes) {
  RowCount row = {.begin = at, .line = line};
  row.cells.fill(1);
  row.cells[kBlanksPlace] = 0;
  const size_t begin = at;
  const int64_t first_line = line;
  bool cell_begins = true;
  bool word_begins = true;  // a cell, if blanks separate them
  bool blank_before = true;
  for (; at < text.size() && text[at] != '\n'; ++at) {
    const char c = text[at];
    if (c == '"' && quotes && (cell_begins || (word_begins && closes_in_line(text, at)))) {
      size_t close = at + 1;
      const size_t furthest = std::min(text.size(), close + kFurthestQuote);
      while (close < furthest && (text[close] != '"' || (close + 1 < text.size() && text[close + 1] == '"'))) {
        close += text[close] == '"' ? 2 : 1;
      }
      if (close >= furthest) {  // never closes: a character like any other
        at = begin;
        line = first_line;
        return count_row(text, at, line, false);
      }
      line += std::count(text.begin() + static_cast<ptrdiff_t>(at), text.begin() + static_cast<ptrdiff_t>(close), '\n');
      row.cells[kBlanksPlace] += blank_before ? 1 : 0;
      at = close;
      cell_begins = word_begins = blank_before = false;
      continue;
    }
    const bool blank = c == ' ' || c == '\t' || c == '\r';
    row.cells[kBlanksPlace] += !blank && blank_before ? 1 : 0;
    blank_before = blank;
    const bool begun = cell_begins;
    cell_begins = word_begins = true;
    switch (c) {
      case '\t':
        ++row.cells[0];
        break;
      case ':':
        cell_begins = at + 1 < text.size() && text[at + 1] == ':';
        if (cell_begins) {
          ++row.cells[1];
          ++at;
        }
        break;
      case ',':
        ++row.cells[2];
        break;
      case ';':
        ++row.cells[3];
        break;
      case '|':
        ++row.cells[4];
        break;
      case '\x01':
        ++row.cells[5];
        break;
      case ' ':
        ++row.cells[kBlankPlace];
        cell_begins = begun;  // "1, \"a, b\""
        break;
      default:
        cell_begins = word_begins = false;
    }
  }
  row.end = at++;
  ++line;
  return row;
}

// How evenly a delimiter cuts the rows.
struct Evenness {
  uint32_t width = 0;  // the most frequent number of cells, at least two
  double share = 0;    // of rows with it
  bool first = false;  // whether the first row has it, or one cell less
};

Evenness evenness_of(const std::vector<RowCount>& rows, size_t delimiter) {
  std::map<uint32_t, int64_t> widths;
  for (const RowCount& row : rows) {
    ++widths[row.cells[delimiter]];
  }
  Evenness best;
  int64_t most = 0;
  for (const auto& [width, count] : widths) {
    if (width >= 2 && count >= most) {
      most = count;
      best.width = width;
    }
  }
  if (most > 0) {
    const uint32_t first = rows.front().cells[delimiter];
    best.share = static_cast<double>(most) / static_cast<double>(rows.size());
    best.first = first == best.width || (first >= 2 && first + 1 == best.width);
  }
  return best;
}

// Quotes that open a cell of the sample: whether they are closed as RFC 4180 says, and whether backslashes stand before
// some inside.
struct QuoteCounts {
  int64_t sound = 0, stray = 0, backslashes = 0;
};

QuoteCounts count_quotes(std::string_view text, const std::string& delimiter) {
  QuoteCounts counts;
  const std::string between = delimiter == Dialect::kBlanks ? " " : delimiter;
  const auto ends = [&](size_t at) {
    return at >= text.size() || text[at] == '\n' || text[at] == '\r' || text.substr(at).starts_with(between);
  };
  for (size_t at = text.find('"'); at != std::string_view::npos; at = text.find('"', at)) {
    size_t before = at;
    while (before > 0 && text[before - 1] == ' ' && between != " ") {
      --before;
    }
    const bool opens = before == 0 || text[before - 1] == '\n' || text.substr(0, before).ends_with(between);
    if (!opens) {
      ++at;
      continue;
    }
    size_t close = text.find('"', at + 1);
    while (close != std::string_view::npos && close + 1 < text.size() && !ends(close + 1)) {
      if (text[close + 1] == '"') {
        ++close;
      } else if (text[close - 1] == '\\') {
        ++counts.backslashes;
      } else {
        break;
      }
      close = text.find('"', close + 1);
    }
    const bool sound = close != std::string_view::npos && ends(close + 1);
    ++(sound ? counts.sound : counts.stray);
    at = sound ? close + 1 : at + 1;
  }
  return counts;
}

}  // namespace

std::string_view text_of(std::string_view sample, const RowCount& row) {
  std::string_view text = sample.substr(row.begin, row.end - row.begin);
  while (text.ends_with('\r')) {
    text.remove_suffix(1);
  }
  return text;
}

std::vector<RowCount> count_rows(std::string_view sample, Quotes quotes) {
  std::vector<RowCount> rows;
  int64_t line = 1;
  for (size_t at = 0; at < sample.size();) {
    const RowCount row = count_row(sample, at, line, quotes == Quotes::kCount);
    if (!trimmed(text_of(sample, row)).empty()) {
      rows.push_back(row);
    }
  }
  return rows;
}

// The place in kDelimiters. Rows of data decide; a first row that the delimiter does not cut alike counts against it,
// unless titles stand above every delimiter's rows.
size_t choose_delimiter(const std::vector<RowCount>& rows) {
  size_t best = 2;
  double best_score = -1;
  for (size_t d = 0; d < kNumDelimiters; ++d) {
    const Evenness evenness = evenness_of(rows, d);
    const bool blank = d >= kBlanksPlace;
    if (evenness.width < 2 || evenness.share < (blank ? 0.9 : 0.5)) {
      continue;
    }
    // Even to within a few rows is even: then the number of cells decides. Blanks come behind all that are even, and
    // single ones before runs of them where both cut alike, since they are read faster.
    const bool even = evenness.share >= 0.9;
    const double cells = std::min<double>(evenness.width, 500);
    double score = even ? (evenness.first ? 2000 : 1000) + cells + evenness.share * 0.5 : evenness.share * 100;
    // Commas and the like are also in cells, two colons hardly: of two that cut evenly, those are the delimiter.
    score += d == kColonsPlace && even && evenness.width >= 3 ? 500 : 0;
    score = blank ? (evenness.first ? 510 : 500) : score;
    if (d == kBlankPlace) {
      const Evenness runs = evenness_of(rows, kBlanksPlace);
      score += runs.width == evenness.width && runs.share <= evenness.share ? 1 : -1;
    }
    if (score > best_score) {
      best = d;
      best_score = score;
    }
  }
  return best;
}

void choose_quotes(std::string_view sample, const SourceConfig& source, Dialect& dialect) {
  dialect.quotes = source.quote != Quoting::kNone;
  dialect.backslash = source.quote == Quoting::kBackslash;
  if (source.quote == Quoting::kDetect && sample.find('"') != std::string_view::npos) {
    const QuoteCounts counts = count_quotes(sample, dialect.delimiter);
    dialect.quotes = counts.sound >= counts.stray;
    dialect.backslash = dialect.quotes && counts.backslashes > 0;
  }
}

}  // namespace haina
