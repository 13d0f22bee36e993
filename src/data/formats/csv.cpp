// Delimited text: CSV, TSV, and text with any other delimiter. What no other format claims is read so.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/formats/csv_reader.h"
#include "data/formats/csv_scanner.h"
#include "data/formats/format.h"
#include "data/parse_cell.h"

namespace haina {
namespace {

bool is_number(const std::string& cell) { return parse_number(trimmed(cell)).has_value(); }

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// The first row is a header if it holds no numbers and one of these is true: a word is a usual column name, most cells
// below a word are numbers, or no word appears again below.
bool has_header(const std::vector<std::vector<std::string>>& rows) {
  const std::vector<std::string>& first = rows.front();
  if (std::ranges::any_of(first, [](const std::string& cell) {
        return trimmed(cell).empty() || is_number(cell) || cell.size() > 200;
      })) {
    return false;
  }
  static const std::set<std::string> usual = {"user",      "item", "movie", "product", "rating", "time",
                                              "timestamp", "name", "title", "id",      "date"};
  for (size_t c = 0; c < first.size(); ++c) {
    size_t numbers = 0;
    size_t filled = 0;
    for (size_t r = 1; r < rows.size(); ++r) {
      filled += !rows[r][c].empty() ? 1 : 0;
      numbers += is_number(rows[r][c]) ? 1 : 0;
    }
    const std::string word = lower(first[c].substr(0, first[c].find_first_of(":_")));
    if (usual.contains(word) || (filled > 0 && 2 * numbers > filled)) {
      return true;
    }
  }
  for (size_t r = 1; r < rows.size(); ++r) {
    for (size_t c = 0; c < first.size(); ++c) {
      if (rows[r][c] == first[c]) {
        return false;
      }
    }
  }
  return true;
}

struct Sample {
  std::vector<std::vector<std::string>> rows;  // as wide as the first
  bool quoted = false;                         // whether a cell begins with a quote
  bool open_quote = false;                     // whether a quote never closes
};

Sample sample_rows(std::string_view text, const Dialect& dialect) {
  Sample sample;
  scan_delimited(text, dialect, [&](const DelimitedRow& row) {
    sample.open_quote |= row.open_quote;
    sample.quoted |= row.raw.starts_with('"') || row.raw.find(dialect.delimiter + "\"") != std::string_view::npos;
    if (sample.rows.empty() || row.cells.size() == sample.rows.front().size()) {
      sample.rows.push_back(row.cells);
    }
    return sample.rows.size() <= kPreviewRows;
  });
  return sample;
}

// "user_id:token", as RecBole writes all of its headers.
bool is_recbole_header(const std::string& header) {
  static const std::set<std::string> types = {"token", "token_seq", "float", "float_seq"};
  const size_t colon = header.find(':');
  return colon != std::string::npos && types.contains(header.substr(colon + 1));
}

Status preview_csv(const FileStart& start, FilePreview& preview) {
  if (start.text.empty()) {
    return fail(not_readable(start, "the file is not text"));
  }
  Dialect dialect = guess_dialect(start.text);
  Sample sample = sample_rows(start.text, dialect);
  const bool by_comma = dialect.delimiter == "," || dialect.delimiter == ";";
  if (sample.open_quote || (!sample.quoted && !by_comma)) {  // here a quote is a character like any other
    dialect.quotes = false;
    sample = sample_rows(start.text, dialect);
  }
  if (sample.rows.empty() || sample.rows.front().size() < 2) {
    return fail(not_readable(start, "the text has only one column"));
  }
  preview.header = has_header(sample.rows);
  const bool typed = preview.header && std::ranges::all_of(sample.rows.front(), is_recbole_header);
  if (typed && dialect.quotes) {  // RecBole does not quote: a quote is a part of its cell
    dialect.quotes = false;
    sample = sample_rows(start.text, dialect);
  }
  const std::vector<std::string> first = sample.rows.front();
  for (size_t c = 0; c < first.size(); ++c) {
    const size_t colon = typed ? first[c].find(':') : std::string::npos;
    preview.columns.push_back({.name = preview.header ? first[c].substr(0, colon) : fmt::format("#{}", c + 1),
                               .recbole_type = typed ? first[c].substr(colon + 1) : ""});
  }
  if (preview.header) {
    sample.rows.erase(sample.rows.begin());
  }
  preview.rows = std::move(sample.rows);
  preview.dialect = dialect;
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
