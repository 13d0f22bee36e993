// Cells of a table as read_source gives it; a missing column has missing cells.
#pragma once

#include <arrow/api.h>

#include <optional>
#include <string>
#include <string_view>

namespace haina {

// A column of a source's table, or nothing.
inline const arrow::Array* column_of(const arrow::Table& table, const std::string& name) {
  const auto column = table.GetColumnByName(name);
  return column == nullptr || column->num_chunks() == 0 ? nullptr : column->chunk(0).get();
}

// Of texts, and of codes with a dictionary of texts.
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
