// Delimited text: CSV, TSV, and text with any other delimiter. What no other format claims is read so.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "data/formats/csv_columns.h"
#include "data/formats/csv_layout.h"
#include "data/formats/csv_reader.h"
#include "data/formats/csv_scanner.h"
#include "data/formats/format.h"
#include "data/parse_cell.h"
#include "data/parse_quantity.h"
#include "data/shortened.h"

namespace haina {
namespace {

bool is_number(const std::string& cell) { return parse_number(trimmed(cell)).has_value(); }

// "u28" as "a9", "2023-11-14" as "9-9-9": what the cells of one column share.
std::string shape_of(std::string_view cell) {
  std::string shape;
  for (const char c : trimmed(cell)) {
    const auto byte = static_cast<unsigned char>(c);
    const char kind = std::isdigit(byte) != 0 ? '9' : std::isalpha(byte) != 0 || byte >= 0x80 ? 'a' : c;
    if (shape.empty() || shape.back() != kind) {
      shape += kind;
    }
  }
  return shape;
}

// What stands before the digits of a cell: "P" of "P1000".
std::string_view before_digits(std::string_view cell) {
  cell = trimmed(cell);
  return cell.substr(0, std::min(cell.find_first_of("0123456789"), cell.size()));
}

// Whether the first row has a digit in a cell of the same shape as nearly all below it: "u28" above "u11". Not "c2"
// above codes that all begin with "P".
bool looks_like_data(const std::vector<std::vector<std::string>>& rows) {
  for (size_t c = 0; c < rows.front().size(); ++c) {
    const std::string shape = shape_of(rows.front()[c]);
    const auto alike = std::count_if(rows.begin() + 1, rows.end(), [&](const std::vector<std::string>& row) {
      return c < row.size() && shape_of(row[c]) == shape;
    });
    const std::string_view begin = before_digits(rows.back().size() > c ? std::string_view(rows.back()[c]) : "");
    const bool other_code = before_digits(rows.front()[c]) != begin && rows.size() > 10 &&
                            std::all_of(rows.begin() + 1, rows.end(), [&](const std::vector<std::string>& row) {
                              return c < row.size() && (row[c].empty() || before_digits(row[c]) == begin);
                            });
    if (shape.find('9') != std::string::npos && !other_code && rows.size() > 2 &&
        10 * alike >= 9 * (std::ssize(rows) - 1)) {
      return true;
    }
  }
  return false;
}

// The first row is a header if it holds neither numbers nor words for missing values, and one of these is true: a word
// is a usual column name, most cells
// below a word are numbers, or no word appears again below. Cells without a name are usual above an index and where a
// delimiter ends each line.
bool has_header(const std::vector<std::vector<std::string>>& rows) {
  const std::vector<std::string>& first = rows.front();
  const auto named = std::ranges::count_if(first, [](const std::string& cell) { return !trimmed(cell).empty(); });
  if (named < 2 ||
      std::ranges::any_of(
          first, [](const std::string& cell) { return is_surely_missing(trimmed(cell)) && !trimmed(cell).empty(); }) ||
      std::ranges::any_of(
          first,
          [](const std::string& cell) { return (!trimmed(cell).empty() && is_number(cell)) || cell.size() > 200; })) {
    return false;
  }
  static const std::set<std::string> usual = {"user",      "item", "movie", "product", "rating", "time",
                                              "timestamp", "name", "title", "id",      "date"};
  for (size_t c = 0; c < first.size(); ++c) {
    size_t numbers = 0;
    size_t filled = 0;
    for (size_t r = 1; r < rows.size() && c < rows[r].size(); ++r) {
      filled += !rows[r][c].empty() ? 1 : 0;
      numbers += is_number(rows[r][c]) ? 1 : 0;
    }
    const std::string name = clean_header(first[c]);
    const std::string word = ascii_lower(name.substr(0, name.find_first_of(":_")));
    if (usual.contains(word) || (filled > 0 && 2 * numbers > filled)) {
      return true;
    }
  }
  if (looks_like_data(rows)) {
    return false;
  }
  for (size_t r = 1; r < rows.size(); ++r) {
    for (size_t c = 0; c < std::min(first.size(), rows[r].size()); ++c) {
      if (!first[c].empty() && rows[r][c] == first[c]) {
        return false;
      }
    }
  }
  return true;
}

struct Sample {
  std::vector<std::vector<std::string>> rows;  // as wide as the layout says
  int64_t others = 0;                          // rows of another width
  std::string other;                           // the first of them
  int64_t headers = 0;                         // rows that repeat the header
  int64_t totals = 0;                          // lines of totals
};

// Half of the rows from the begin, half of them evenly from the rest.
void thin_out(std::vector<std::vector<std::string>>& rows) {
  if (rows.size() <= kPreviewRows) {
    return;
  }
  const size_t half = kPreviewRows / 2;
  const double step = static_cast<double>(rows.size() - half) / static_cast<double>(half);
  for (size_t i = 0; i < half; ++i) {
    const auto from = half + static_cast<size_t>(static_cast<double>(i) * step);
    std::swap(rows[half + i], rows[from]);  // a move onto itself would empty the row
  }
  rows.resize(kPreviewRows);
}

// All rows of the text from the layout's first on, without those that reading would reject.
Sample sample_rows(std::string_view text, const CsvLayout& layout, bool header) {
  Sample sample;
  const size_t begin = header ? std::min(text.size(), layout.end) : layout.begin;
  const size_t end = begin + totals_begin(text.substr(begin), layout.dialect);
  sample.totals = end < text.size() ? 1 : 0;
  scan_delimited(text.substr(begin, end - begin), layout.dialect, [&](const DelimitedRow& row) {
    const bool fits =
        row.cells.size() == layout.width || (row.cells.size() == layout.width + 1 && row.cells.back().empty());
    if (header && row.cells == layout.first) {
      ++sample.headers;
    } else if (fits && !row.open_quote) {
      if (std::ranges::any_of(row.cells, [](const std::string& cell) { return !trimmed(cell).empty(); })) {
        sample.rows.push_back(row.cells);
        sample.rows.back().resize(layout.width);
      }
    } else if (sample.others++ == 0) {
      sample.other = fmt::format("line {}: {}", layout.first_line + row.line - 1, shortened(row.raw, 80));
    }
    return true;
  });
  return sample;
}

// "user_id:token", as RecBole writes all of its headers.
bool is_recbole_header(const std::string& header) {
  static const std::set<std::string> types = {"token", "token_seq", "float", "float_seq"};
  const size_t colon = header.find(':');
  return colon != std::string::npos && types.contains(header.substr(colon + 1));
}

// 0, 1, 2, … or any other numbers of which none appears twice: the index of a data frame.
bool is_index(const std::vector<std::vector<std::string>>& rows, size_t column) {
  std::set<std::string> seen;
  return std::ranges::all_of(rows, [&](const std::vector<std::string>& row) {
    return is_number(row[column]) && seen.insert(row[column]).second;
  });
}

// The columns' names; those that are left out are empty, with the reason among the doubts.
std::vector<std::string> name_columns(const CsvLayout& layout, const Sample& sample, std::vector<std::string>& doubts) {
  std::vector<std::string> names(layout.width);
  std::set<std::string> seen;
  for (size_t c = 0; c < names.size(); ++c) {
    const bool has_name = c >= layout.shift && c - layout.shift < layout.first.size();
    const std::string name = has_name ? clean_header(layout.first[c - layout.shift]) : "";
    const bool unnamed = name.empty() || name.starts_with("Unnamed: ");
    const bool empty = std::ranges::all_of(sample.rows, [&](const auto& row) { return trimmed(row[c]).empty(); });
    if (unnamed && empty) {
      continue;  // a delimiter at the end of each line
    }
    if (unnamed && c == 0 && is_index(sample.rows, c)) {
      doubts.push_back(fmt::format("the first column {} and numbers the rows: it is left out",
                                   name.empty() ? "has no name" : fmt::format("is called '{}'", name)));
      continue;
    }
    names[c] = name.empty() ? fmt::format("#{}", c + 1) : name;
    if (name.empty()) {
      doubts.push_back(fmt::format("column {} has no name; it is called '{}' here", c + 1, names[c]));
    } else if (!seen.insert(name).second) {
      doubts.push_back(
          fmt::format("two columns are called '{}': the first is used, the other (column {}) left out", name, c + 1));
      names[c].clear();
    }
  }
  return names;
}

// What reading will leave out or reject.
void add_doubts(const CsvLayout& layout, const Sample& sample, std::string_view text, FilePreview& preview) {
  if (layout.skipped && layout.skip_lines > 0 && !text.starts_with("sep=") && !text.starts_with("\"sep=")) {
    preview.doubts.push_back(
        fmt::format("the first {} lines are taken for titles, not rows ('{}'): skip_lines = {}", layout.skip_lines,
                    clean_header(shortened(text.substr(0, text.find('\n')), 60)), layout.skip_lines));
  }
  if (layout.comments > 0) {
    preview.doubts.push_back(fmt::format("{} lines among the rows begin with '{}' and are taken for comments",
                                         layout.comments, layout.dialect.comment));
  }
  if (sample.headers > 0) {
    preview.doubts.push_back(fmt::format(
        "the header stands {} more times among the rows looked at, as in files joined to one: these lines are left out",
        sample.headers));
  }
  if (sample.totals > 0) {
    preview.doubts.emplace_back("the last line is one of totals, not a row: it is left out");
  }
  if (sample.others > 0) {
    preview.doubts.push_back(fmt::format("{} of {} rows do not have {} cells and will be rejected, the first at {}",
                                         sample.others, sample.others + std::ssize(sample.rows), layout.width,
                                         clean_header(sample.other)));
  }
}

Status preview_csv(const FileStart& start, FilePreview& preview) {
  if (start.text.empty()) {
    return fail(not_readable(start, "the file is not text"));
  }
  CsvLayout layout = find_csv_layout(start.text, SourceConfig());
  if (layout.width < 2) {
    return fail(not_readable(start, "the text has only one column"));
  }
  Sample sample = sample_rows(start.text, layout, true);
  std::vector<std::vector<std::string>> all = sample.rows;
  all.insert(all.begin(), layout.first);
  preview.header = layout.shift == 1 || has_header(all);
  const bool typed = preview.header && std::ranges::all_of(layout.first, is_recbole_header);
  if (typed && layout.dialect.quotes) {  // RecBole does not quote: a quote is a part of its cell
    SourceConfig plain;
    plain.quote = Quoting::kNone;
    layout = find_csv_layout(start.text, plain);
  }
  if (typed || !preview.header) {
    sample = sample_rows(start.text, layout, preview.header);
  }
  std::vector<std::string> names;
  if (preview.header) {
    names = name_columns(layout, sample, preview.doubts);
  } else {
    for (size_t c = 0; c < layout.width; ++c) {
      names.push_back(fmt::format("#{}", c + 1));
    }
  }
  add_doubts(layout, sample, start.text, preview);
  thin_out(sample.rows);
  preview.rows.resize(sample.rows.size());
  for (size_t c = 0; c < layout.width; ++c) {
    if (names[c].empty()) {
      continue;
    }
    const size_t colon = typed ? names[c].find(':') : std::string::npos;
    preview.columns.push_back(
        {.name = names[c].substr(0, colon), .recbole_type = typed ? names[c].substr(colon + 1) : ""});
    for (size_t r = 0; r < sample.rows.size(); ++r) {
      preview.rows[r].push_back(std::move(sample.rows[r][c]));
    }
  }
  preview.dialect = layout.dialect;
  if (layout.skipped) {
    preview.skip_lines = layout.skip_lines;
  }
  return ok();
}

}  // namespace

FormatEntry delimited_format() {
  return {.name = "delimited",
          .summary = "Text with one row per line and any delimiter, which is guessed unless `delimiter` names it.",
          .extensions = {".csv", ".tsv", ".txt", ".dat", ".data"},
          .content = Content::kText,
          .sniff = [](const FileStart&) { return Match::kFallback; },
          .preview = preview_csv,
          .make_text_reader = make_csv_reader};
}

// Other names of the same reader: files are recognized as `delimited`.
FormatEntry csv_format() {
  FormatEntry entry = delimited_format();
  entry.name = "csv";
  entry.summary = "Another name of delimited.";
  entry.extensions = {};
  entry.sniff = [](const FileStart&) { return Match::kNo; };
  return entry;
}

FormatEntry tsv_format() {
  FormatEntry entry = csv_format();
  entry.name = "tsv";
  entry.summary = "Delimited text whose delimiter is a tab.";
  return entry;
}

}  // namespace haina
