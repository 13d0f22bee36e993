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

inline std::string_view text_at(const arrow::Array* column, int64_t row) {
  return column == nullptr || column->IsNull(row) ? std::string_view()
                                                  : static_cast<const arrow::LargeStringArray*>(column)->GetView(row);
}

inline std::optional<double> number_at(const arrow::Array* column, int64_t row) {
  return column == nullptr || column->IsNull(row)
             ? std::nullopt
             : std::optional(static_cast<const arrow::DoubleArray*>(column)->Value(row));
}

}  // namespace haina
