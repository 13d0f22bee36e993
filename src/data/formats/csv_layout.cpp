#include "data/formats/csv_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "base/ascii.h"
#include "data/formats/csv_delimiter.h"
#include "data/parse_cell.h"

namespace haina {
namespace {

constexpr size_t kMostTitles = 50;        // lines above the header
constexpr size_t kShortSample = 1 << 20;  // where the delimiter is known

std::vector<std::string> cells_of(std::string_view row, Dialect dialect) {
  std::vector<std::string> cells;
  dialect.comment.clear();
  scan_delimited(row, dialect, [&](const DelimitedRow& scanned) {
    cells = scanned.cells;
    return false;
  });
  return cells;
}

bool has_digit(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

size_t num_filled(const std::vector<std::string>& cells) {
  return static_cast<size_t>(std::ranges::count_if(cells, [](const auto& cell) { return !trimmed(cell).empty(); }));
}

// The line of a "sep=;" that spreadsheets write, as its delimiter; empty if it is none.
std::string sep_line(std::string_view sample) {
  std::string_view line = sample.substr(0, sample.find('\n'));
  while (line.ends_with('\r') || line.ends_with('"')) {
    line.remove_suffix(1);
  }
  line.remove_prefix(line.starts_with('"') ? 1 : 0);
  const bool is_sep = line.size() >= 5 && line.size() <= 6 && (line.starts_with("sep=") || line.starts_with("SEP="));
  return is_sep ? line.substr(4) == "\\t" ? "\t" : std::string(line.substr(4, 1)) : "";
}

// The prefix of lines that are comments, if the sample has such lines: they are few, or stand above all others.
std::string find_comment(std::string_view sample, const std::vector<RowCount>& rows) {
  for (const char* const prefix : {"#", "//", "--"}) {
    size_t top = 0;
    size_t all = 0;
    for (size_t r = 0; r < rows.size(); ++r) {
      const bool comment = text_of(sample, rows[r]).starts_with(prefix);
      top += comment && top == r ? 1 : 0;
      all += comment ? 1 : 0;
    }
    // A single line on top may be a header that begins so; column "#" of a table counts its rows in every line.
    if (all > 0 && all < rows.size() && (all == top || 20 * (all - top) <= rows.size())) {
      return prefix;
    }
  }
  return "";
}

class LayoutFinder {
 public:
  LayoutFinder(std::string_view sample, const SourceConfig& source) : sample_(sample), source_(source) {}

  CsvLayout find() {
    const std::string sep = source_.skip_lines ? "" : sep_line(sample_);
    choose_dialect(sep);
    keep_rows(source_.skip_lines.value_or(sep.empty() ? 0 : 1));
    if (rows_.empty()) {
      return layout_;
    }
    layout_.width = width_of_data();
    check_comments();
    const std::optional<size_t> commented = source_.skip_lines ? std::nullopt : commented_header();
    const size_t first = commented ? *commented : source_.skip_lines ? 0 : first_row();
    const bool detected = first > 0 || commented || !sep.empty();
    layout_.skip_lines = source_.skip_lines.value_or(detected ? rows_[first].line - 1 : 0);
    layout_.skipped = source_.skip_lines || detected;
    take_header(first);
    return layout_;
  }

 private:
  // Everything but the comment's width, by all rows.
  void choose_dialect(const std::string& sep) {
    Dialect& dialect = layout_.dialect;
    const std::string given = source_.delimiter.empty() && source_.format == "tsv" ? "\t" : source_.delimiter;
    const bool quotes = source_.quote != Quoting::kNone;
    const size_t known = source_.delimiter.empty() ? std::string_view::npos : sample_.find('\n', kShortSample);
    const std::string_view counted = sample_.substr(0, known);
    all_ = count_rows(counted, quotes ? Quotes::kCount : Quotes::kIgnore);
    dialect.comment = source_.comment == "none" ? ""
                      : source_.comment.empty() ? find_comment(sample_, all_)
                                                : source_.comment;
    std::vector<RowCount> rows;
    for (const RowCount& row : all_) {
      if (!is_comment(row)) {
        rows.push_back(row);
      }
    }
    const size_t place = rows.empty() || !given.empty() || !sep.empty() ? 2 : choose_delimiter(rows);
    dialect.delimiter = !given.empty() ? given : !sep.empty() ? sep : kDelimiters[place];
    choose_quotes(sample_, source_, dialect);
    if (dialect.backslash) {
      all_ = scanned_rows(counted);
    } else if (quotes && !dialect.quotes) {
      all_ = count_rows(counted, Quotes::kIgnore);
    }
  }

  // Rows as the scanner cuts them; only begin, end and line are set.
  std::vector<RowCount> scanned_rows(std::string_view text) const {
    Dialect dialect = layout_.dialect;
    dialect.comment.clear();
    std::vector<RowCount> rows;
    scan_delimited(text, dialect, [&](const DelimitedRow& row) {
      const auto begin = static_cast<size_t>(row.byte);
      rows.push_back({.begin = begin, .end = begin + row.raw.size(), .line = row.line});
      return true;
    });
    return rows;
  }

  bool is_comment(const RowCount& row) const {
    const std::string& comment = layout_.dialect.comment;
    return !comment.empty() && text_of(sample_, row).starts_with(comment);
  }

  // Rows from line `skip` on, with their number of cells by the dialect.
  void keep_rows(int64_t skip) {
    for (const RowCount& row : all_) {
      if (row.line > skip) {
        rows_.push_back(row);
      }
    }
    const auto place = std::ranges::find(kDelimiters, layout_.dialect.delimiter);
    for (const RowCount& row : rows_) {
      widths_.push_back(place != kDelimiters.end() && !layout_.dialect.backslash
                            ? row.cells[static_cast<size_t>(place - kDelimiters.begin())]
                            : cells_of(text_of(sample_, row), layout_.dialect).size());
    }
  }

  // Lines that look like comments and have as many cells as rows of data are such rows, those on top apart.
  void check_comments() {
    if (layout_.dialect.comment.empty() || !source_.comment.empty()) {
      return;
    }
    size_t comments = 0;
    size_t rows = 0;
    bool top = true;
    for (size_t r = 0; r < rows_.size(); ++r) {
      top = top && is_comment(rows_[r]);
      comments += is_comment(rows_[r]) && !top ? 1 : 0;
      rows += is_comment(rows_[r]) && !top && widths_[r] == layout_.width ? 1 : 0;
    }
    if (2 * rows > comments) {
      layout_.dialect.comment.clear();
    } else {
      layout_.comments = comments;
    }
  }

  size_t width_of_data() const {
    std::map<size_t, int64_t> counts;
    for (size_t r = 0; r < rows_.size(); ++r) {
      counts[widths_[r]] += is_comment(rows_[r]) ? 0 : 1;
    }
    return std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })->first;
  }

  // The place in rows_ of the header or the first row of data: titles have fewer cells, or hardly any that are filled.
  size_t first_row() const {
    for (size_t r = 0; r < std::min(rows_.size(), kMostTitles); ++r) {
      if (!is_comment(rows_[r]) && is_first_row(r)) {
        const bool titles = std::any_of(rows_.begin(), rows_.begin() + static_cast<ptrdiff_t>(r),
                                        [&](const RowCount& row) { return !is_comment(row); });
        return titles ? r : 0;
      }
    }
    return 0;
  }

  // Not a title. One cell less than the rows below is a header without a name for their first cell.
  bool is_first_row(size_t r) const {
    const size_t width = layout_.width;
    if (widths_[r] < width) {
      const bool above_data =
          r + 1 < rows_.size() && widths_[r + 1] == width && has_digit(text_of(sample_, rows_[r + 1]));
      return widths_[r] >= 2 && widths_[r] + 1 == width && above_data;
    }
    if (widths_[r] > width && r + 2 < rows_.size() && widths_[r + 1] == width && widths_[r + 2] == width) {
      // A title with many delimiters stands above a header without digits.
      return has_digit(text_of(sample_, rows_[r + 1])) || !has_digit(text_of(sample_, rows_[r + 2]));
    }
    return width < 3 || 2 * num_filled(cells_of(text_of(sample_, rows_[r]), layout_.dialect)) >= width;
  }

  // "# user,item,rating" as the last comment above the first row of data, whose cells have digits: the header.
  std::optional<size_t> commented_header() const {
    size_t row = 0;
    while (row < rows_.size() && is_comment(rows_[row])) {
      ++row;
    }
    if (row == 0 || row == rows_.size() || widths_[row] != layout_.width || layout_.width < 2) {
      return std::nullopt;
    }
    const std::string_view header = text_of(sample_, rows_[row - 1]);
    const std::string_view data = text_of(sample_, rows_[row]);
    std::vector<std::string> names = cells_of(header.substr(layout_.dialect.comment.size()), layout_.dialect);
    const bool words = std::ranges::all_of(names, [](const std::string& name) {
      return !trimmed(name).empty() && name.size() < 40 && !parse_number(trimmed(name));
    });
    const bool name_at_once = header.find(' ') == std::string_view::npos;
    return names.size() == layout_.width && words && !has_digit(header) && (has_digit(data) || name_at_once)
               ? std::optional(row - 1)
               : std::nullopt;
  }

  // A comment is the header if skip_lines leads to it and its cells are as many as those of the rows below.
  void take_header(size_t first) {
    for (; first < rows_.size() && is_comment(rows_[first]); ++first) {
      const std::string_view row = text_of(sample_, rows_[first]).substr(layout_.dialect.comment.size());
      std::vector<std::string> cells = cells_of(row, layout_.dialect);
      if (layout_.skipped && layout_.skip_lines == rows_[first].line - 1 && cells.size() == layout_.width) {
        layout_.first = std::move(cells);
        break;
      }
    }
    if (first == rows_.size()) {
      return;
    }
    const std::string_view row = text_of(sample_, rows_[first]);
    layout_.first = layout_.first.empty() ? cells_of(row, layout_.dialect) : layout_.first;
    layout_.begin = rows_[first].begin;
    layout_.end = rows_[first].begin + row.size();
    layout_.first_line = rows_[first].line;
    // Rows with one cell more than the header: a nameless first cell, or a delimiter at each line's end. A header with
    // more names than that: the rows are too short, or its own last cell is empty.
    const size_t names = layout_.first.size();
    const bool longer = names + 1 == layout_.width;
    layout_.shift = longer && !last_cells_are_empty(first) ? 1 : 0;
    layout_.dialect.width = longer && layout_.shift == 0 ? 0 : layout_.width;
    const bool empty_end = names == layout_.width + 1 && trimmed(layout_.first.back()).empty();
    layout_.width = (longer && layout_.shift == 0) || (names > layout_.width && !empty_end) ? names : layout_.width;
  }

  // Whether rows below `first` end with an empty cell: a delimiter stands at the end of each line.
  bool last_cells_are_empty(size_t first) const {
    const std::string& delimiter = layout_.dialect.delimiter;
    return std::all_of(rows_.begin() + static_cast<ptrdiff_t>(first) + 1, rows_.end(), [&](const RowCount& row) {
      return is_comment(row) || text_of(sample_, row).ends_with(delimiter);
    });
  }

  std::string_view sample_;
  const SourceConfig& source_;
  std::vector<RowCount> all_, rows_;
  std::vector<size_t> widths_;  // of rows_
  CsvLayout layout_;
};

}  // namespace

CsvLayout find_csv_layout(std::string_view sample, const SourceConfig& source) {
  return LayoutFinder(sample, source).find();
}

std::string clean_header(std::string_view cell) {
  while (cell.starts_with("\xEF\xBB\xBF")) {
    cell.remove_prefix(3);
  }
  std::string name;
  for (const char c : trimmed(cell)) {
    const bool blank = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!blank || !name.ends_with(' ')) {
      name += blank ? ' ' : c;
    }
  }
  while (name.ends_with(' ')) {
    name.pop_back();
  }
  const size_t begin = std::min(name.find_first_not_of("# "), name.size());
  const bool place = begin < name.size() && std::isdigit(static_cast<unsigned char>(name[begin])) != 0;
  return begin > 0 && begin < name.size() && !place ? name.substr(begin) : name;
}

bool is_totals_row(const std::vector<std::string>& cells) {
  static constexpr auto kWords = std::to_array<std::string_view>(
      {"total",       "totals",    "grand total", "subtotal", "sum",    "summe",     "gesamt",
       "gesamtsumme", "insgesamt", "average",     "totaux",   "totale", "合计",      "总计",
       "合計",        "総計",      "итого",       "всего",    "rows",   "row count", "end of report"});
  for (const std::string& cell : cells) {
    std::string word(trimmed(cell));
    if (word.empty()) {
      continue;
    }
    word = ascii_lower(std::move(word));
    const size_t colon = word.find(':');
    const std::string begin(trimmed(word.substr(0, colon)));
    return std::ranges::find(kWords, begin) != kWords.end() || word.starts_with("total ") ||
           (word.starts_with('(') && (word.ends_with(" rows)") || word.ends_with(" row)")));
  }
  return false;
}

std::vector<SourceSetting> dialect_settings(const FilePreview& preview) {
  std::vector<SourceSetting> settings;
  if (!preview.dialect) {
    return settings;
  }
  const Dialect& dialect = *preview.dialect;
  settings.push_back({"delimiter", dialect.delimiter});
  if (!dialect.quotes || dialect.backslash) {
    settings.push_back({"quote", dialect.quotes ? "\\\"" : "none"});
  }
  const bool places = std::ranges::any_of(preview.columns, [](const auto& c) { return c.name.starts_with('#'); });
  if (!preview.header || places) {
    settings.push_back({"header", preview.header ? "yes" : "no"});
  }
  if (preview.skip_lines) {
    settings.push_back({"skip_lines", fmt::format("{}", *preview.skip_lines), true});
  }
  if (!dialect.comment.empty()) {
    settings.push_back({"comment", dialect.comment});
  }
  return settings;
}

}  // namespace haina
