// Apache Parquet. Only the configured columns are read.
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/arrow_table.h"
#include "data/formats/format.h"

namespace haina {
namespace {

Status read_parquet(std::string_view bytes, const std::string& file, RowSink& sink) {
  HAINA_OK(load_arrow_casts());
  std::vector<std::shared_ptr<arrow::ChunkedArray>> columns;
  std::vector<ArrowPlace> found;
  try {
    auto reader = parquet::arrow::OpenFile(buffer_reader(bytes), arrow::default_memory_pool());
    if (!reader.ok()) {
      return fail(damaged_file(file, "Parquet", reader.status().message()));
    }
    std::shared_ptr<arrow::Schema> schema;
    if (const arrow::Status status = (*reader)->GetSchema(&schema); !status.ok()) {
      return fail(damaged_file(file, "Parquet", status.message()));
    }
    HAINA_TRY(found, find_arrow_columns(*schema, file, sink.source()));
    for (const auto& [column, path] : found) {
      columns.emplace_back();
      if (const arrow::Status status = (*reader)->ReadColumn(column, &columns.back()); !status.ok()) {
        return fail(damaged_file(file, "Parquet", status.message()));
      }
    }
  } catch (const parquet::ParquetException& e) {
    return fail(damaged_file(file, "Parquet", e.what()));
  }
  return add_arrow_rows(columns, found, file, "Parquet", sink);
}

// Reads row groups until one has rows, from the file itself: what a preview holds in memory may be cut off.
arrow::Result<std::shared_ptr<arrow::Table>> first_rows(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::ReadableFile::Open(path));
  ARROW_ASSIGN_OR_RAISE(const auto reader, parquet::arrow::OpenFile(file, arrow::default_memory_pool()));
  for (int group = 0; group < reader->num_row_groups(); ++group) {
    if (reader->parquet_reader()->metadata()->RowGroup(group)->num_rows() > 0) {
      return reader->ReadRowGroup(group);
    }
  }
  return reader->ReadTable();  // without rows, but with columns
}

}  // namespace

FormatEntry parquet_format() {
  return {
      .name = "parquet",
      .summary = "Apache Parquet.",
      .extensions = {".parquet"},
      .sniff = [](const FileStart& start) { return start.bytes.starts_with("PAR1") ? Match::kCertain : Match::kNo; },
      .preview =
          [](const FileStart& start, FilePreview& preview) {
            return preview_arrow_table(first_rows(start.path.string()), start, preview);
          },
      .read_whole = read_parquet};
}

}  // namespace haina
