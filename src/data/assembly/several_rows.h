// Tables with several rows an item or user: which cell counts, and what is said about the others.
#pragma once

#include <arrow/api.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "data/cleaning/quality_report.h"
#include "data/field_type.h"
#include "data/vocabulary.h"

namespace haina {

// A column of a table, with the row of the dataset that each cell belongs to (-1: none).
struct TableColumn {
  const SourceConfig& source;
  const ColumnConfig& column;
  const std::string& name;  // of the field
  const arrow::Array& cells;
  std::span<const int32_t> rows;
  const Vocabulary& ids;
};

struct OneCellARow {
  std::vector<int32_t> rows;  // of the dataset; -1 for cells that do not count
  bool several = false;       // a category that differs between the rows of many: all its values count
};

// Tags of several rows are joined. Of other columns the first value of each row of the dataset counts; a later one that
// differs is counted with an example, unless the column is a category that differs in at least a tenth of the items
// with several rows: then all values count. Vectors of another length than most are left out, and repeats named.
OneCellARow one_cell_a_row(const TableColumn& column, QualityReport& quality);

// A field of tags from a column of codes: every cell of a row is one of its values.
void tags_of_codes(const FieldColumn& column, Field& field);

}  // namespace haina
