// Typed Arrow columns as rows: shared by Parquet and Arrow IPC. Each cell passes the same checks as a cell of text.
#pragma once

#include <arrow/api.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "data/formats/format.h"
#include "data/rows/row_sink.h"

namespace arrow::io {
class BufferReader;
}

namespace haina {

// The error of a file whose bytes are not what its format demands.
Error damaged_file(const std::string& file, const std::string& format, const std::string& why);

// Loads Arrow's casts, which add_arrow_rows needs. Any number of calls is fine.
Status load_arrow_casts();

// A view: `bytes` must outlive it.
std::shared_ptr<arrow::io::BufferReader> buffer_reader(std::string_view bytes);

// Where a configured column stands: a top-level column, and the path inside its structs ("user.id").
struct ArrowPlace {
  int column = 0;
  std::string path;
};

// The place in `schema` of every configured column; of two with one name the first. kBadData if a name is missing.
Result<std::vector<ArrowPlace>> find_arrow_columns(const arrow::Schema& schema, const std::string& file,
                                                   const SourceConfig& source);

// Adds one row for each row of the columns; columns[i] belongs to source().columns[i], and found[i] is its place in the
// file. In places the line is the row, from 1. kBadData if the columns differ in length.
Status add_arrow_rows(const std::vector<std::shared_ptr<arrow::ChunkedArray>>& columns,
                      const std::vector<ArrowPlace>& found, const std::string& file, const std::string& format,
                      RowSink& sink);

// Columns and first rows of a table, for a preview.
Status preview_arrow_table(const arrow::Result<std::shared_ptr<arrow::Table>>& table, const FileStart& start,
                           FilePreview& preview);

}  // namespace haina
