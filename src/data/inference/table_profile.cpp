#include "data/inference/table_profile.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "data/parse_cell.h"
#include "data/parse_quantity.h"

namespace haina {
namespace {

// "196.0" is 196; blanks at the ends do not count.
std::string normal_id(const std::string& cell) {
  std::string id(trimmed(cell));
  const size_t point = id.find('.');
  if (point != std::string::npos && point > 0 && id.find_first_not_of('0', point + 1) == std::string::npos &&
      id.find_first_not_of("-0123456789") == point) {
    id.resize(point);
  }
  return id;
}

}  // namespace

bool ColumnProfile::id_like() const {
  const bool fractions = stats.numeric() && !whole;
  return !list && !constant() && !written_time() && !fractions && stats.per_cell(stats.links) < 0.5 &&
         stats.per_cell(stats.words) <= 6 && stats.per_cell(stats.bytes) <= 120;
}

bool ColumnProfile::small_vocabulary() const {
  return !list && distinct() >= 2 && distinct() <= 40 && 4 * distinct() <= stats.filled &&
         stats.per_cell(stats.words) <= 3;
}

double TableProfile::determines(size_t a, size_t b) const {
  std::map<std::string, std::map<std::string, int64_t>> seen;
  for (const std::vector<std::string>& row : preview->rows) {
    if (!trimmed(row[a]).empty()) {
      ++seen[row[a]][row[b]];
    }
  }
  int64_t rows = 0;
  int64_t same = 0;
  for (const auto& [value, others] : seen) {
    int64_t all = 0;
    int64_t most = 0;
    for (const auto& [other, count] : others) {
      all += count;
      most = std::max(most, count);
    }
    if (all > 1) {
      rows += all;
      same += most;
    }
  }
  return rows == 0 ? 0 : static_cast<double>(same) / static_cast<double>(rows);
}

std::vector<std::string> TableProfile::sample_rows(size_t count) const {
  constexpr size_t kLongest = 60;  // bytes of a cell
  std::vector<std::string> rows;
  for (size_t r = 0; r < std::min(count, preview->rows.size()); ++r) {
    std::string text;
    for (const std::string& cell : preview->rows[r]) {
      size_t end = std::min(cell.size(), kLongest);
      while (end < cell.size() && end > 0 && (static_cast<unsigned char>(cell[end]) & 0xC0) == 0x80) {
        --end;  // not within a character
      }
      text += (text.empty() ? "" : " | ") + cell.substr(0, end) + (end < cell.size() ? "…" : "");
    }
    rows.push_back(text);
  }
  return rows;
}

TableProfile table_profile(const std::filesystem::path& file, const FilePreview& preview) {
  TableProfile table = {.file = file, .preview = &preview};
  std::vector<ColumnStats> stats;
  for (size_t c = 0; c < preview.columns.size(); ++c) {
    stats.push_back(column_stats(preview, c, '.'));
  }
  table.decimal = decimal_mark(stats);
  for (size_t c = 0; c < preview.columns.size(); ++c) {
    const std::string& name = preview.columns[c].name;
    ColumnProfile column = {.name = name,
                            .hints = NameHints(preview.header ? name : ""),
                            .stats = table.decimal == '.' ? stats[c] : column_stats(preview, c, table.decimal),
                            .list = preview.columns[c].list != ListKind::kNone};
    column.time_unit = column.list ? "" : time_unit(column.stats);
    column.whole = column.stats.numeric();
    for (const std::string& cell : column.stats.distinct) {
      const std::optional<double> number = parse_quantity(trimmed(cell), table.decimal);
      column.whole = column.whole && (!number || *number == std::floor(*number));
      column.ids.insert(normal_id(cell));
    }
    table.columns.push_back(std::move(column));
  }
  return table;
}

double share_within(const std::set<std::string>& some, const std::set<std::string>& all) {
  int64_t found = 0;
  for (const std::string& one : some) {
    found += all.contains(one) ? 1 : 0;
  }
  return some.empty() ? 0 : static_cast<double>(found) / static_cast<double>(some.size());
}

}  // namespace haina
