// Apache Arrow IPC: the file format (Feather) and the stream format.
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/arrow_table.h"
#include "data/formats/format.h"

namespace haina {
namespace {

constexpr std::string_view kMagic = "ARROW1";  // of the file format; streams have none

arrow::Result<std::shared_ptr<arrow::Table>> read_table(std::string_view bytes) {
  arrow::ipc::IpcReadOptions options = arrow::ipc::IpcReadOptions::Defaults();
  // A damaged file may place numbers at addresses that are not aligned for their type.
  options.ensure_alignment = arrow::ipc::Alignment::kDataTypeSpecificAlignment;
  if (bytes.starts_with(kMagic)) {
    ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchFileReader::Open(buffer_reader(bytes), options));
    return reader->ToTable();
  }
  ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchStreamReader::Open(buffer_reader(bytes), options));
  return reader->ToTable();
}

Status read_arrow(std::string_view bytes, const std::string& file, RowSink& sink) {
  HAINA_OK(load_arrow_casts());
  const auto table = read_table(bytes);
  if (!table.ok()) {
    return fail(damaged_file(file, "Arrow", table.status().message()));
  }
  HAINA_TRY(const std::vector<ArrowPlace> found, find_arrow_columns(*(*table)->schema(), file, sink.source()));
  std::vector<std::shared_ptr<arrow::ChunkedArray>> columns;
  for (const auto& [column, path] : found) {
    columns.push_back((*table)->column(column));
    // IPC does not check offsets of strings and lists: validate them before any is followed.
    if (const arrow::Status status = columns.back()->ValidateFull(); !status.ok()) {
      return fail(damaged_file(file, "Arrow", status.message()));
    }
  }
  return add_arrow_rows(columns, found, file, "Arrow", sink);
}

// Reads from the file itself: what a preview holds in memory may be cut off.
arrow::Result<std::shared_ptr<arrow::Table>> first_batch(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::ReadableFile::Open(path));
  if (auto reader = arrow::ipc::RecordBatchFileReader::Open(file); reader.ok()) {
    for (int i = 0; i < (*reader)->num_record_batches(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const auto batch, (*reader)->ReadRecordBatch(i));
      if (batch->num_rows() > 0) {
        return arrow::Table::FromRecordBatches({batch});
      }
    }
    return arrow::Table::FromRecordBatches((*reader)->schema(), {});
  }
  ARROW_RETURN_NOT_OK(file->Seek(0));
  ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchStreamReader::Open(file));
  ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
  while (batch != nullptr && batch->num_rows() == 0) {
    ARROW_ASSIGN_OR_RAISE(batch, reader->Next());
  }
  return batch == nullptr ? arrow::Result<std::shared_ptr<arrow::Table>>(arrow::Status::Invalid("no rows"))
                          : arrow::Table::FromRecordBatches({batch});
}

}  // namespace

FormatEntry arrow_format() {
  return {
      .name = "arrow",
      .summary = "Apache Arrow IPC, as a file (Feather) or as a stream.",
      .extensions = {".arrow", ".feather"},
      .sniff = [](const FileStart& start) { return start.bytes.starts_with(kMagic) ? Match::kCertain : Match::kNo; },
      .preview =
          [](const FileStart& start, FilePreview& preview) {
            return preview_arrow_table(first_batch(start.path.string()), start, preview);
          },
      .read_whole = read_arrow};
}

}  // namespace haina
