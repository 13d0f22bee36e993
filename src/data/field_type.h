// What differs from one type of field to the next, as one entry a type. A new type is a file in data/field_types/ and a
// line in data/field_types.def; the network learns from it once an encoder serves it (encoders/encoder.h).
#pragma once

#include <ATen/core/Tensor.h>
#include <arrow/api.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/tensors_file.h"
#include "data/field.h"
#include "data/vocabulary.h"

namespace haina {

// One column of a table of users or items, with the rows of the dataset that its cells belong to.
struct FieldColumn {
  const arrow::Array& cells;
  std::span<const int32_t> rows;                            // [cells] row of the dataset; -1: not in the dataset
  std::function<std::string_view(std::string_view)> label;  // the readable name of a code, or the code itself

  // Calls with (cell, row) for each cell that has a value and a row, in order.
  template <class Call>
  void for_each(Call call) const {
    for (int64_t cell = 0; cell < cells.length(); ++cell) {
      if (rows[static_cast<size_t>(cell)] >= 0 && !cells.IsNull(cell)) {
        call(cell, rows[static_cast<size_t>(cell)]);
      }
    }
  }
};

// How many users and items there are: the bounds that a loaded field must respect.
struct DatasetSize {
  int64_t users = 0, items = 0;
};

// Functions that a type has no use for are null; those of the first group are always set.
struct FieldTypeEntry {
  std::string_view name;  // in messages and manifests; for types made from columns also the column's type in haina.toml
  bool has_values = false;     // `values` names the values: a source of kind "values" can label them
  bool has_outliers = false;   // cleaning may make numbers far from the median missing
  bool is_searchable = false;  // search finds items by the words of its cells

  // bool [rows]: whether a row has a value.
  at::Tensor (*present)(const Field& field);
  // Writes the field's tensors as KEY.suffix, and reads them again. `load` gets source, name, side, type, num_rows and
  // target set, and fails with kBadData where a tensor is missing or has the wrong shape.
  void (*save)(const Field& field, const std::string& key, TensorMap& into);
  Status (*load)(Field& field, const TensorMap& from, const std::string& key, const std::string& where);
  // Whether a loaded field fits the dataset: no index points outside, every row has its cell.
  bool (*is_sound)(const Field& field, const DatasetSize& size);

  // Fills a new field with num_rows set from a column of a table of users or items.
  void (*from_column)(const FieldColumn& column, Field& field) = nullptr;
  // Puts the rows that `more` has into `field` (what came in live replaces what the files say). Of equal type and rows;
  // does nothing where the shapes do not fit.
  void (*join)(const Field& more, Field& field) = nullptr;

  // Fills a new field with num_rows set from rows of text cells, see field_of_cells().
  void (*from_text)(const std::vector<std::vector<std::string>>& rows, Field& field) = nullptr;
  // Whether one row's cells can become a row of `field`; kInvalidArgument at `where` if not. Null: any text can.
  Status (*check_text)(const Field& field, const std::vector<std::string>& cells, const std::string& where) = nullptr;
  // The cells of one row as text; none where missing. `targets` names the columns of a bag: see target_names().
  std::vector<std::string> (*to_text)(const Field& field, int32_t row, const Vocabulary& targets) = nullptr;

  // Fills missing rows as a rule of [clean.impute] says. kInvalidArgument at `where` for a rule that does not fit the
  // type or cannot be computed. Null: values of this type are never filled.
  Status (*impute)(Field& field, const std::string& rule, const std::string& where) = nullptr;
};

// All entries in the order of FieldType.
std::span<const FieldTypeEntry> field_type_entries();
const FieldTypeEntry& entry_of(FieldType type);
// The type of the fields that are made from columns of that type in haina.toml; nothing where there is none.
std::optional<FieldType> column_field_type(std::string_view name);

}  // namespace haina
