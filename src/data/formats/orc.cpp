// Apache ORC. Only the configured columns are kept; a preview reads the first stripe.
#include <arrow/adapters/orc/adapter.h>
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/arrow_table.h"
#include "data/formats/format.h"

namespace haina {
namespace {

using arrow::adapters::orc::ORCFileReader;

Status read_orc(std::string_view bytes, const std::string& file, RowSink& sink) {
  HAINA_OK(load_arrow_casts());
  std::vector<std::shared_ptr<arrow::ChunkedArray>> columns;
  std::vector<ArrowPlace> found;
  try {
    const auto reader = ORCFileReader::Open(buffer_reader(bytes), arrow::default_memory_pool());
    const auto table = reader.ok() ? (*reader)->Read() : reader.status();
    if (!table.ok()) {
      return fail(damaged_file(file, "ORC", table.status().message()));
    }
    HAINA_TRY(found, find_arrow_columns(*(*table)->schema(), file, sink.source()));
    for (const ArrowPlace& place : found) {
      columns.push_back((*table)->column(place.column));
    }
  } catch (const std::exception& e) {  // of the ORC library
    return fail(damaged_file(file, "ORC", e.what()));
  }
  return add_arrow_rows(columns, found, file, "ORC", sink);
}

// Reads from the file itself: what a preview holds in memory may be cut off.
arrow::Result<std::shared_ptr<arrow::Table>> first_stripe(const std::string& path) {
  try {
    ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::ReadableFile::Open(path));
    ARROW_ASSIGN_OR_RAISE(const auto reader, ORCFileReader::Open(file, arrow::default_memory_pool()));
    if (reader->NumberOfStripes() == 0) {
      return reader->Read();
    }
    ARROW_ASSIGN_OR_RAISE(const auto batch, reader->ReadStripe(0));
    return arrow::Table::FromRecordBatches({batch});
  } catch (const std::exception& e) {  // of the ORC library
    return arrow::Status::Invalid(e.what());
  }
}

}  // namespace

FormatEntry orc_format() {
  return {.name = "orc",
          .summary = "Apache ORC.",
          .extensions = {".orc"},
          .sniff =
              [](const FileStart& start) {  // a text may begin so, too, but not go on so
                const bool magic = start.bytes.starts_with("ORC") && start.bytes.size() > 3 && start.bytes[3] < 0x20;
                return magic ? Match::kCertain : Match::kNo;
              },
          .preview =
              [](const FileStart& start, FilePreview& preview) {
                return preview_arrow_table(first_stripe(start.path.string()), start, preview);
              },
          .read_whole = read_orc};
}

}  // namespace haina
