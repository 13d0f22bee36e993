// Columns of codes with a dictionary of names, as the readers give ids, actions and contexts.
#pragma once

#include <arrow/api.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/vocabulary.h"

namespace haina {

struct CodeColumn {
  std::span<const int32_t> codes;  // undefined where the column has nulls
  const arrow::LargeStringArray* names = nullptr;
};
// column: dictionary<int32, large_utf8>, which must outlive the result.
CodeColumn code_column(const arrow::Array& column);

// Removes a column from its table and returns it, so that its memory is freed early; null where it is missing or empty.
std::shared_ptr<arrow::Array> take_column(std::shared_ptr<arrow::Table>& table, const std::string& name);

// Rows of a vocabulary by code. A name is added when its code is first looked up, so unused names are not.
class RowOfCode {
 public:
  // Both must outlive this.
  RowOfCode(const CodeColumn& column, Vocabulary& into)
      : column_(column), into_(into), rows_(static_cast<size_t>(column.names->length()), -1) {}
  int32_t operator()(int32_t code) {
    int32_t& row = rows_[static_cast<size_t>(code)];
    return row >= 0 ? row : row = into_.find_or_add(column_.names->GetView(code));
  }

 private:
  const CodeColumn& column_;
  Vocabulary& into_;
  std::vector<int32_t> rows_;
};

}  // namespace haina
