// Access to the cells of a table that read_source made. A missing column has missing cells.
#pragma once

#include <arrow/api.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace haina {

// nullptr if the table has no such column.
inline const arrow::Array* column_of(const arrow::Table& table, const std::string& name) {
  const auto column = table.GetColumnByName(name);
  return column == nullptr || column->num_chunks() == 0 ? nullptr : column->chunk(0).get();
}

// A text, or the text of a dictionary code; empty if missing.
inline std::string_view text_at(const arrow::Array* column, int64_t row) {
  if (column == nullptr || column->IsNull(row)) {
    return {};
  }
  if (column->type_id() == arrow::Type::DICTIONARY) {
    const auto& codes = static_cast<const arrow::DictionaryArray&>(*column);
    return static_cast<const arrow::LargeStringArray&>(*codes.dictionary()).GetView(codes.GetValueIndex(row));
  }
  return static_cast<const arrow::LargeStringArray*>(column)->GetView(row);
}

inline std::optional<double> number_at(const arrow::Array* column, int64_t row) {
  return column == nullptr || column->IsNull(row)
             ? std::nullopt
             : std::optional(static_cast<const arrow::DoubleArray*>(column)->Value(row));
}

}  // namespace haina
