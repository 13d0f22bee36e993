#include "data/formats/parquet_arrow.h"

#include <arrow/compute/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>

#include <chrono>

#include "base/suggest.h"

namespace haina {
namespace {

Error damaged(const std::string& file, const std::string& format, const std::string& why) {
  return {ErrorCode::kBadData, fmt::format("damaged {} file: {}", format, why.substr(0, 300)), file,
          "copy the file again from where it came"};
}

constexpr int64_t kYear10000 = 253402300800000000;  // microseconds; beyond, and before year 0, no ISO time is written

std::string iso_of(int64_t micros) {
  if (micros >= kYear10000 || micros < -62167219200000000) {
    return fmt::format("{} microseconds", micros);
  }
  const auto day = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(micros)));
  const std::chrono::year_month_day date(day);
  const int64_t rest = micros - std::chrono::microseconds(day.time_since_epoch()).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), rest / 3600000000,
                     rest / 60000000 % 60, rest / 1000000 % 60, rest % 1000000);
}

using Text = std::function<void(int64_t row, std::string& text)>;

template <class Array>
Text numbers_of(const arrow::Array& array) {
  const auto& typed = static_cast<const Array&>(array);
  return [&typed](int64_t row, std::string& text) { text = fmt::format("{}", typed.Value(row)); };
}

template <class Array>
Text strings_of(const arrow::Array& array) {
  const auto& typed = static_cast<const Array&>(array);
  return [&typed](int64_t row, std::string& text) { text = typed.GetView(row); };
}

// How a scalar of this array is written; nothing where its type is not one we read.
Text text_of(const arrow::Array& array) {
  switch (array.type_id()) {
    case arrow::Type::INT8:
      return numbers_of<arrow::Int8Array>(array);
    case arrow::Type::INT16:
      return numbers_of<arrow::Int16Array>(array);
    case arrow::Type::INT32:
      return numbers_of<arrow::Int32Array>(array);
    case arrow::Type::INT64:
      return numbers_of<arrow::Int64Array>(array);
    case arrow::Type::UINT8:
      return numbers_of<arrow::UInt8Array>(array);
    case arrow::Type::UINT16:
      return numbers_of<arrow::UInt16Array>(array);
    case arrow::Type::UINT32:
      return numbers_of<arrow::UInt32Array>(array);
    case arrow::Type::UINT64:
      return numbers_of<arrow::UInt64Array>(array);
    case arrow::Type::FLOAT:
      return numbers_of<arrow::FloatArray>(array);
    case arrow::Type::DOUBLE:
      return numbers_of<arrow::DoubleArray>(array);
    case arrow::Type::BOOL:
      return numbers_of<arrow::BooleanArray>(array);
    case arrow::Type::STRING:
      return strings_of<arrow::StringArray>(array);
    case arrow::Type::LARGE_STRING:
      return strings_of<arrow::LargeStringArray>(array);
    case arrow::Type::STRING_VIEW:
      return strings_of<arrow::StringViewArray>(array);
    case arrow::Type::TIMESTAMP:  // by plain() in microseconds
      return [&array](int64_t row, std::string& text) {
        text = iso_of(static_cast<const arrow::TimestampArray&>(array).Value(row));
      };
    case arrow::Type::NA:
      return [](int64_t, std::string&) {};
    default:
      return {};
  }
}

// Dictionaries decoded; every kind of time in microseconds; small and fixed lists as large lists.
arrow::Result<std::shared_ptr<arrow::Array>> plain(const std::shared_ptr<arrow::Array>& array) {
  const arrow::DataType& type = *array->type();
  std::shared_ptr<arrow::DataType> wanted;
  switch (type.id()) {
    case arrow::Type::DICTIONARY:
      wanted = static_cast<const arrow::DictionaryType&>(type).value_type();
      break;
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
    case arrow::Type::TIMESTAMP:
      wanted = arrow::timestamp(arrow::TimeUnit::MICRO);
      break;
    case arrow::Type::HALF_FLOAT:
      wanted = arrow::float32();
      break;
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      wanted = arrow::utf8();
      break;
    case arrow::Type::LIST:
    case arrow::Type::FIXED_SIZE_LIST:
      wanted = arrow::large_list(static_cast<const arrow::BaseListType&>(type).value_type());
      break;
    default:
      return array;
  }
  arrow::compute::CastOptions options = arrow::compute::CastOptions::Safe(wanted);
  options.allow_time_truncate = true;  // nanoseconds are beyond what we keep
  return arrow::compute::Cast(*array, wanted, options);
}

// One chunk of one column, read row by row.
class Chunk {
 public:
  static arrow::Result<Chunk> make(const std::shared_ptr<arrow::Array>& array) {
    Chunk chunk;
    ARROW_ASSIGN_OR_RAISE(chunk.array_, plain(array));
    const arrow::Array* values = chunk.array_.get();
    if (chunk.array_->type_id() == arrow::Type::LARGE_LIST) {
      ARROW_ASSIGN_OR_RAISE(chunk.values_, plain(static_cast<const arrow::LargeListArray&>(*chunk.array_).values()));
      values = chunk.values_.get();
    }
    chunk.text_ = text_of(*values);
    return chunk.text_ ? arrow::Result<Chunk>(std::move(chunk))
                       : arrow::Status::NotImplemented("columns of type ", array->type()->ToString());
  }

  int64_t length() const { return array_->length(); }

  // The cell points into this chunk until the next call.
  Cell cell(int64_t row) {
    scratch_.clear();
    if (array_->IsNull(row)) {
      return {};
    }
    if (values_ == nullptr) {
      text_(row, scratch_);
      return {.text = scratch_, .parts = {}, .numbers = {}, .typed = !arrow::is_base_binary_like(array_->type_id())};
    }
    const auto& list = static_cast<const arrow::LargeListArray&>(*array_);
    parts_.resize(static_cast<size_t>(list.value_length(row)));
    for (size_t i = 0; i < parts_.size(); ++i) {
      const int64_t at = list.value_offset(row) + static_cast<int64_t>(i);
      parts_[i].clear();
      if (!values_->IsNull(at)) {
        text_(at, parts_[i]);
      }
    }
    return {.text = {}, .parts = parts_, .numbers = {}, .is_list = true};
  }

 private:
  std::shared_ptr<arrow::Array> array_, values_;
  Text text_;
  std::string scratch_;
  std::vector<std::string> parts_;
};

Result<std::vector<int>> find_columns(const arrow::Schema& schema, const std::string& file,
                                      const SourceConfig& source) {
  std::vector<int> found;
  for (const ColumnConfig& column : source.columns) {
    const auto places = schema.GetAllFieldIndices(column.column);
    if (places.size() != 1) {
      const std::string what =
          places.empty() ? "no column '{}' (asked for at {})" : "several columns are called '{}' (asked for at {})";
      return fail(
          {ErrorCode::kBadData, fmt::format(fmt::runtime(what), column.column, column.place), file,
           places.empty() ? did_you_mean(column.column, schema.field_names()) : "give each column its own name"});
    }
    found.push_back(places.front());
  }
  return found;
}

// columns[i] belongs to source().columns[i]; all are cut at the same rows.
Status add_columns(const std::vector<std::shared_ptr<arrow::ChunkedArray>>& columns, const std::vector<int>& found,
                   const std::string& file, RowSink& sink) {
  const std::vector<size_t> places(found.begin(), found.end());
  std::vector<std::vector<Chunk>> chunks(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    for (const auto& array : columns[i]->chunks()) {
      auto chunk = Chunk::make(array);
      if (!chunk.ok()) {
        const bool unknown = chunk.status().IsNotImplemented();
        return fail({unknown ? ErrorCode::kUnsupported : ErrorCode::kBadData,
                     fmt::format("column '{}': {}", sink.source().columns[i].column, chunk.status().message()), file,
                     unknown ? "write the column as numbers, text, times or lists of those"
                             : "copy the file again from where it came"});
      }
      chunks[i].push_back(std::move(*chunk));
    }
  }
  std::vector<size_t> chunk_at(columns.size(), 0);
  std::vector<int64_t> row_at(columns.size(), 0);
  std::vector<Cell> cells(columns.size());
  for (int64_t row = 0; row < columns.front()->length(); ++row) {
    for (size_t i = 0; i < columns.size(); ++i) {
      while (row_at[i] == chunks[i][chunk_at[i]].length()) {
        ++chunk_at[i];
        row_at[i] = 0;
      }
      cells[i] = chunks[i][chunk_at[i]].cell(row_at[i]++);
    }
    HAINA_OK(sink.add({file, row + 1, 0, {}}, cells, places));
  }
  return ok();
}

Status same_lengths(const std::vector<std::shared_ptr<arrow::ChunkedArray>>& columns, const std::string& file,
                    const std::string& format) {
  for (const auto& column : columns) {
    if (column->length() != columns.front()->length()) {
      return fail(damaged(file, format, "its columns differ in length"));
    }
  }
  return ok();
}

std::shared_ptr<arrow::io::BufferReader> reader_of(std::string_view bytes) {
  return std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(
      reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int64_t>(bytes.size())));
}

// Arrow keeps its casts apart from its core; asking twice does no harm.
Status start_compute() {
  static const arrow::Status status = arrow::compute::Initialize();
  return status.ok() ? ok()
                     : fail({ErrorCode::kUnsupported, "Arrow's casts are missing: " + status.message(), "",
                             "install pyarrow again"});
}

}  // namespace

Status read_parquet(std::string_view bytes, const std::string& file, RowSink& sink) {
  HAINA_OK(start_compute());
  std::vector<std::shared_ptr<arrow::ChunkedArray>> columns;
  std::vector<int> found;
  try {
    auto reader = parquet::arrow::OpenFile(reader_of(bytes), arrow::default_memory_pool());
    if (!reader.ok()) {
      return fail(damaged(file, "Parquet", reader.status().message()));
    }
    std::shared_ptr<arrow::Schema> schema;
    if (const arrow::Status status = (*reader)->GetSchema(&schema); !status.ok()) {
      return fail(damaged(file, "Parquet", status.message()));
    }
    HAINA_TRY(found, find_columns(*schema, file, sink.source()));
    for (const int column : found) {
      columns.emplace_back();
      if (const arrow::Status status = (*reader)->ReadColumn(column, &columns.back()); !status.ok()) {
        return fail(damaged(file, "Parquet", status.message()));
      }
    }
  } catch (const parquet::ParquetException& e) {
    return fail(damaged(file, "Parquet", e.what()));
  }
  HAINA_OK(same_lengths(columns, file, "Parquet"));
  return add_columns(columns, found, file, sink);
}

Status read_arrow_ipc(std::string_view bytes, const std::string& file, RowSink& sink) {
  HAINA_OK(start_compute());
  arrow::ipc::IpcReadOptions aligned = arrow::ipc::IpcReadOptions::Defaults();
  aligned.ensure_alignment =
      arrow::ipc::Alignment::kDataTypeSpecificAlignment;  // a damaged file may point between numbers
  const auto read = [&]() -> arrow::Result<std::shared_ptr<arrow::Table>> {
    if (bytes.starts_with("ARROW1")) {
      ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchFileReader::Open(reader_of(bytes), aligned));
      return reader->ToTable();
    }
    ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchStreamReader::Open(reader_of(bytes), aligned));
    return reader->ToTable();
  };
  const auto table = read();
  if (!table.ok()) {
    return fail(damaged(file, "Arrow", table.status().message()));
  }
  HAINA_TRY(const std::vector<int> found, find_columns(*(*table)->schema(), file, sink.source()));
  std::vector<std::shared_ptr<arrow::ChunkedArray>> columns;
  for (const int column : found) {
    columns.push_back((*table)->column(column));
    // Offsets come as they stand in the file: walk them all before any is followed.
    if (const arrow::Status status = columns.back()->ValidateFull(); !status.ok()) {
      return fail(damaged(file, "Arrow", status.message()));
    }
  }
  HAINA_OK(same_lengths(columns, file, "Arrow"));
  return add_columns(columns, found, file, sink);
}

}  // namespace haina
