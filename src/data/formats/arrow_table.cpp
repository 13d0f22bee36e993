#include "data/formats/arrow_table.h"

#include <arrow/compute/api.h>
#include <arrow/io/memory.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "base/suggest.h"
#include "data/formats/file_preview.h"

namespace haina {
namespace {

constexpr int64_t kYear0 = -62167219200000000;
constexpr int64_t kYear10000 = 253402300800000000;  // microseconds; ISO times end here, and begin at year 0

std::string iso_of(int64_t micros) {
  if (micros >= kYear10000 || micros < kYear0) {
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

// Writes the cell of a row as text.
using WriteCell = std::function<void(int64_t row, std::string& text)>;

template <class Array>
WriteCell numbers_of(const arrow::Array& array) {
  const auto& typed = static_cast<const Array&>(array);
  return [&typed](int64_t row, std::string& text) { text = fmt::format("{}", typed.Value(row)); };
}

template <class Array>
WriteCell strings_of(const arrow::Array& array) {
  const auto& typed = static_cast<const Array&>(array);
  return [&typed](int64_t row, std::string& text) { text = typed.GetView(row); };
}

// How to write a scalar of this array; nothing for types that are not supported.
WriteCell text_of(const arrow::Array& array) {
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
    case arrow::Type::TIMESTAMP:  // plain() has made them microseconds
      return [&array](int64_t row, std::string& text) {
        text = iso_of(static_cast<const arrow::TimestampArray&>(array).Value(row));
      };
    case arrow::Type::NA:
      return [](int64_t, std::string&) {};
    default:
      return {};
  }
}

// The array with dictionaries decoded, all times in microseconds, decimals as text, and all lists as large lists.
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
  options.allow_time_truncate = true;  // times are kept to the microsecond
  return arrow::compute::Cast(*array, wanted, options);
}

// One chunk of one column, whose cells are read one after the other.
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
    chunk.write_ = text_of(*values);
    return chunk.write_ ? arrow::Result<Chunk>(std::move(chunk))
                        : arrow::Status::NotImplemented("columns of type ", array->type()->ToString());
  }

  int64_t length() const { return array_->length(); }

  // The cell is a view into this object, valid until the next call.
  Cell cell(int64_t row) {
    scratch_.clear();
    if (array_->IsNull(row)) {
      return {};
    }
    if (values_ == nullptr) {
      write_(row, scratch_);
      return {.text = scratch_, .typed = !arrow::is_base_binary_like(array_->type_id())};
    }
    const auto& list = static_cast<const arrow::LargeListArray&>(*array_);
    elements_.resize(static_cast<size_t>(list.value_length(row)));
    for (size_t i = 0; i < elements_.size(); ++i) {
      const int64_t at = list.value_offset(row) + static_cast<int64_t>(i);
      elements_[i].clear();
      if (!values_->IsNull(at)) {
        write_(at, elements_[i]);
      }
    }
    return {.elements = elements_, .is_list = true};
  }

 private:
  std::shared_ptr<arrow::Array> array_, values_;
  WriteCell write_;
  std::string scratch_;
  std::vector<std::string> elements_;
};

// All chunks of a column.
Result<std::vector<Chunk>> chunks_of(const arrow::ChunkedArray& column, const std::string& name,
                                     const std::string& file) {
  std::vector<Chunk> chunks;
  for (const auto& array : column.chunks()) {
    auto chunk = Chunk::make(array);
    if (!chunk.ok()) {
      const bool unknown = chunk.status().IsNotImplemented();
      return fail({unknown ? ErrorCode::kUnsupported : ErrorCode::kBadData,
                   fmt::format("column '{}': {}", name, chunk.status().message()), file,
                   unknown ? "write the column as numbers, text, times or lists of those"
                           : "copy the file again from where it came"});
    }
    chunks.push_back(std::move(*chunk));
  }
  return chunks;
}

}  // namespace

Error damaged_file(const std::string& file, const std::string& format, const std::string& why) {
  return {ErrorCode::kBadData, fmt::format("damaged {} file: {}", format, why.substr(0, 300)), file,
          "copy the file again from where it came"};
}

Status load_arrow_casts() {
  static const arrow::Status status = arrow::compute::Initialize();
  return status.ok() ? ok()
                     : fail({ErrorCode::kUnsupported, "Arrow's casts are missing: " + status.message(), "",
                             "install pyarrow again"});
}

std::shared_ptr<arrow::io::BufferReader> buffer_reader(std::string_view bytes) {
  return std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(
      reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int64_t>(bytes.size())));
}

Result<std::vector<int>> find_arrow_columns(const arrow::Schema& schema, const std::string& file,
                                            const SourceConfig& source) {
  std::vector<int> found;
  for (const ColumnConfig& column : source.columns) {
    const auto places = schema.GetAllFieldIndices(column.column);
    if (places.size() != 1) {
      const std::string what =
          places.empty() ? "no column '{}' (named at {})" : "several columns are called '{}' (named at {})";
      return fail(
          {ErrorCode::kBadData, fmt::format(fmt::runtime(what), column.column, column.place), file,
           places.empty() ? did_you_mean(column.column, schema.field_names()) : "give each column its own name"});
    }
    found.push_back(places.front());
  }
  return found;
}

Status add_arrow_rows(const std::vector<std::shared_ptr<arrow::ChunkedArray>>& columns, const std::vector<int>& found,
                      const std::string& file, const std::string& format, RowSink& sink) {
  const std::vector<size_t> places(found.begin(), found.end());
  std::vector<std::vector<Chunk>> chunks;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i]->length() != columns.front()->length()) {
      return fail(damaged_file(file, format, "its columns differ in length"));
    }
    HAINA_TRY(auto of_column, chunks_of(*columns[i], sink.source().columns[i].column, file));
    chunks.push_back(std::move(of_column));
  }
  // The columns may be cut into chunks at different rows.
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

Status preview_arrow_table(const arrow::Result<std::shared_ptr<arrow::Table>>& table, const FileStart& start,
                           FilePreview& preview) {
  if (!table.ok()) {
    return fail(not_readable(start, "cannot read it: " + table.status().message()));
  }
  const auto num_rows = std::min((*table)->num_rows(), static_cast<int64_t>(kPreviewRows));
  preview.rows.resize(static_cast<size_t>(num_rows));
  for (const auto& field : (*table)->schema()->fields()) {
    PreviewColumn column = {.name = field->name()};
    const bool is_list = field->type()->num_fields() == 1 && field->type()->name().find("list") != std::string::npos;
    if (is_list) {
      column.list = arrow::is_floating(field->type()->field(0)->type()->id()) ? ListKind::kNumbers : ListKind::kWords;
    }
    const auto values = (*table)->GetColumnByName(field->name());  // nullptr if two columns have the name
    for (int64_t r = 0; r < num_rows; ++r) {
      const auto scalar = values == nullptr
                              ? arrow::Result<std::shared_ptr<arrow::Scalar>>(arrow::Status::Invalid("not unique"))
                              : values->GetScalar(r);
      preview.rows[static_cast<size_t>(r)].push_back(scalar.ok() && (*scalar)->is_valid ? (*scalar)->ToString() : "");
    }
    preview.columns.push_back(std::move(column));
  }
  return ok();
}

}  // namespace haina
