#include "data/assembly/several_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>

#include "data/field_types/field_parts.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

constexpr double kManyDiffer = 0.1;  // of the items with several rows

std::string shown(const arrow::Array& cells, int64_t cell) {
  switch (cells.type_id()) {
    case arrow::Type::DICTIONARY:
    case arrow::Type::LARGE_STRING:
      return std::string(text_at(&cells, cell).substr(0, 60));
    default: {
      const auto scalar = cells.GetScalar(cell);
      return scalar.ok() ? (*scalar)->ToString().substr(0, 60) : "";
    }
  }
}

bool is_list(const arrow::Array& cells) { return cells.type_id() == arrow::Type::LIST; }

int64_t length_of(const arrow::Array& cells, int64_t cell) {
  return static_cast<const arrow::ListArray&>(cells).value_length(cell);
}

// The length that most vectors have; of equals the smaller.
int64_t usual_length(const TableColumn& column) {
  std::map<int64_t, int64_t> counts;
  for (int64_t cell = 0; cell < column.cells.length(); ++cell) {
    if (column.cells.IsValid(cell) && length_of(column.cells, cell) > 0) {
      ++counts[length_of(column.cells, cell)];
    }
  }
  const auto most = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  return most == counts.end() ? 0 : most->first;
}

void drop_other_lengths(const TableColumn& column, OneCellARow& used, QualityReport& quality) {
  const int64_t length = usual_length(column);
  for (int64_t cell = 0; cell < column.cells.length(); ++cell) {
    int32_t& row = used.rows[static_cast<size_t>(cell)];
    if (row < 0 || column.cells.IsNull(cell) || length_of(column.cells, cell) == length) {
      continue;
    }
    if (const int64_t own = length_of(column.cells, cell); own > 0) {
      quality.count(fmt::format("vector of another length than {} left out", length), column.source.name,
                    [&] { return fmt::format("'{}' has {} numbers", column.ids.name(row), own); });
    }
    row = -1;
  }
}

void name_missing_vectors(const TableColumn& column, const std::vector<int64_t>& first, QualityReport& quality) {
  for (size_t row = 0; row < first.size(); ++row) {
    if (first[row] < 0) {
      quality.count("no vector", column.source.name,
                    [&] { return fmt::format("'{}'", column.ids.name(static_cast<int32_t>(row))); });
    }
  }
}

}  // namespace

OneCellARow one_cell_a_row(const TableColumn& column, QualityReport& quality) {
  OneCellARow used = {.rows = {column.rows.begin(), column.rows.end()}};
  const bool vector = column.column.type == "vector" && is_list(column.cells);
  if (is_list(column.cells) && !vector) {
    return used;  // tags: all of them
  }
  if (vector) {
    drop_other_lengths(column, used, quality);
  }
  std::vector<int64_t> first(static_cast<size_t>(column.ids.size()), -1);  // cell that counts
  std::vector<bool> repeated(first.size(), false), differs(first.size(), false);
  std::vector<std::pair<int64_t, int64_t>> conflicts;  // cells: the one that counts, the one that does not
  const std::vector<int32_t> all = used.rows;
  for (int64_t cell = 0; cell < column.cells.length(); ++cell) {
    int32_t& row = used.rows[static_cast<size_t>(cell)];
    if (row < 0 || column.cells.IsNull(cell)) {
      continue;
    }
    const auto place = static_cast<size_t>(row);
    if (first[place] < 0) {
      first[place] = cell;
      continue;
    }
    repeated[place] = true;
    if (column.source.live) {  // the newest row counts
      used.rows[static_cast<size_t>(first[place])] = -1;
      first[place] = cell;
      continue;
    }
    if (!column.cells.RangeEquals(first[place], first[place] + 1, cell, column.cells)) {
      differs[place] = true;
      conflicts.emplace_back(first[place], cell);
    } else if (vector) {
      quality.count("vector given again", column.source.name,
                    [&] { return fmt::format("'{}'", column.ids.name(row)); });
    }
    row = -1;
  }
  if (vector) {
    name_missing_vectors(column, first, quality);
  }
  const auto num_repeated = static_cast<double>(std::ranges::count(repeated, true));
  const auto num_different = static_cast<double>(std::ranges::count(differs, true));
  used.several = column.cells.type_id() == arrow::Type::DICTIONARY && num_different > 0 &&
                 num_different >= kManyDiffer * num_repeated;
  const char* const rule = used.several ? "several values in several rows, all of them kept"
                                        : "value that differs from an earlier row's left out";
  for (const auto& [kept, other] : conflicts) {
    quality.count(rule, fmt::format("{}.{}", column.source.name, column.name), [&, kept = kept, other = other] {
      return fmt::format("'{}': '{}' and '{}'", column.ids.name(all[static_cast<size_t>(kept)]),
                         shown(column.cells, kept), shown(column.cells, other));
    });
  }
  return used;
}

void tags_of_codes(const FieldColumn& column, Field& field) {
  BagEntries entries;
  column.for_each([&](int64_t cell, int32_t row) {
    entries.add(row, field.values.find_or_add(column.label(text_at(&column.cells, cell))));
  });
  field.bags = entries.to_csr(field.num_rows, field.values.size());
}

}  // namespace haina
