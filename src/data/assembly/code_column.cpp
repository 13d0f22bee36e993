#include "data/assembly/code_column.h"

#include "base/error.h"

namespace haina {

CodeColumn code_column(const arrow::Array& column) {
  const auto& array = static_cast<const arrow::DictionaryArray&>(column);
  const auto& codes = static_cast<const arrow::Int32Array&>(*array.indices());
  return {{codes.raw_values(), static_cast<size_t>(codes.length())},
          &static_cast<const arrow::LargeStringArray&>(*array.dictionary())};
}

std::shared_ptr<arrow::Array> take_column(std::shared_ptr<arrow::Table>& table, const std::string& name) {
  const int place = table->schema()->GetFieldIndex(name);
  if (place < 0 || table->column(place)->num_chunks() == 0) {
    return nullptr;
  }
  const std::shared_ptr<arrow::Array> column = table->column(place)->chunk(0);
  const auto rest = table->RemoveColumn(place);
  HAINA_ASSERT(rest.ok());
  table = *rest;
  return column;
}

}  // namespace haina
