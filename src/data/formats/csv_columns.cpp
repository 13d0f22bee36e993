#include "data/formats/csv_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/suggest.h"
#include "data/parse_cell.h"
#include "data/parse_quantity.h"
#include "data/rows/column_builder.h"

namespace haina {
namespace {

constexpr size_t kMostColumns = 100000;
constexpr int kMostTotals = 5;  // lines at the end
constexpr int64_t kDecimalRows = 10000;

std::string without_type(const std::string& header) { return header.substr(0, header.find(':')); }

// "#3" as 2; nothing for any other name.
std::optional<size_t> place_of_name(const std::string& column) {
  size_t place = 0;
  const char* const end = column.data() + column.size();
  const bool sound = column.size() > 1 && column[0] == '#' && std::from_chars(column.data() + 1, end, place).ptr == end;
  return sound && place > 0 ? std::optional(place - 1) : std::nullopt;
}

bool columns_by_place(const SourceConfig& source) {
  return std::ranges::any_of(source.columns, [](const ColumnConfig& c) { return place_of_name(c.column).has_value(); });
}

// A first row without a number above a row with one is a header.
bool looks_like_header(std::string_view sample, const CsvLayout& layout) {
  const auto any_number = [](const std::vector<std::string>& cells) {
    return std::ranges::any_of(cells, [](const std::string& cell) { return parse_number(trimmed(cell)).has_value(); });
  };
  bool below = false;
  scan_delimited(sample.substr(std::min(sample.size(), layout.end + 1)), layout.dialect, [&](const DelimitedRow& row) {
    below = any_number(row.cells);
    return !below;
  });
  return below && !any_number(layout.first);
}

}  // namespace

Result<std::vector<size_t>> locate_columns(const SourceConfig& source, const CsvLayout& layout, bool header,
                                           const std::string& file) {
  if (layout.width > kMostColumns) {
    return fail({ErrorCode::kBadData, fmt::format("{} columns", layout.width), file + ":1", "check the delimiter"});
  }
  std::vector<std::string> names;
  for (const std::string& cell : layout.first) {
    names.push_back(header ? clean_header(cell) : fmt::format("#{}", names.size() + 1));
  }
  std::vector<size_t> places;
  for (const ColumnConfig& column : source.columns) {
    const std::string wanted = clean_header(column.column);
    const auto named = std::ranges::find_if(names, [&](const std::string& name) {
      return name == column.column || name == wanted || without_type(name) == column.column;
    });
    const auto place = named != names.end() ? std::optional(static_cast<size_t>(named - names.begin()) + layout.shift)
                                            : place_of_name(column.column);
    if (!place || *place >= layout.width) {
      std::vector<std::string> known;
      for (const std::string& name : names) {
        known.push_back(without_type(name));
      }
      const std::string hint = names.size() == 1 ? "; only one column was found: check the delimiter" : "";
      return fail({ErrorCode::kBadData, fmt::format("no column '{}' (asked for at {})", column.column, column.place),
                   fmt::format("{}:{}", file, layout.first_line), did_you_mean(column.column, known) + hint});
    }
    places.push_back(*place);
  }
  return places;
}

bool reads_header(const SourceConfig& source, std::string_view sample, const CsvLayout& layout) {
  if (source.header != HeaderLine::kDetect) {
    return source.header == HeaderLine::kYes;
  }
  return !columns_by_place(source) || looks_like_header(sample, layout);
}

size_t totals_begin(std::string_view text, const Dialect& dialect) {
  size_t begin = text.size();
  size_t end = text.size();
  for (int lines = 0; lines < kMostTotals && end > 0; ++lines) {
    const size_t newline = text.rfind('\n', end - 1);
    size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
    if (line_begin == end) {  // the text's last line end
      end = newline;
      --lines;
      continue;
    }
    const std::string_view line = text.substr(line_begin, end - line_begin);
    std::vector<std::string> cells;
    scan_delimited(line, dialect, [&](const DelimitedRow& row) {
      cells = row.cells;
      return false;
    });
    if (is_totals_row(cells)) {
      begin = line_begin;
    } else if (!cells.empty()) {
      break;
    }
    end = newline == std::string_view::npos ? 0 : newline;
  }
  return begin;
}

char decimal_of_sample(std::string_view rows, const SourceConfig& source, const Dialect& dialect,
                       const std::vector<size_t>& places) {
  std::vector<size_t> numbers;
  for (size_t i = 0; i < places.size(); ++i) {
    if (cell_type(source.columns[i]) == CellType::kNumber) {
      numbers.push_back(places[i]);
    }
  }
  int64_t commas = 0;
  int64_t points = 0;
  int64_t read = 0;
  if (!numbers.empty() && rows.find(',') != std::string_view::npos) {
    scan_delimited(rows, dialect, [&](const DelimitedRow& row) {
      for (const size_t place : numbers) {
        const NumberForm form = place < row.cells.size() ? number_form(row.cells[place]) : NumberForm::kNone;
        commas += form == NumberForm::kComma ? 1 : 0;
        points += form == NumberForm::kPoint ? 1 : 0;
      }
      return ++read < kDecimalRows;
    });
  }
  return commas > points ? ',' : '.';
}

}  // namespace haina
