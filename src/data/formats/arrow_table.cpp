#include "data/formats/arrow_table.h"

#include <arrow/compute/api.h>
#include <arrow/io/memory.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

#include "base/suggest.h"
#include "data/formats/arrow_values.h"
#include "data/formats/file_preview.h"
#include "data/formats/json_records.h"

namespace haina {
namespace {

// One chunk of one column, whose cells are read one after the other.
class Chunk {
 public:
  // `path`: of the value inside the column's structs, maps and lists of them; empty: the column itself.
  static arrow::Result<Chunk> make(const std::shared_ptr<arrow::Array>& array, const std::string& path) {
    Chunk chunk;
    if (has_inner_values(*array->type())) {
      chunk.array_ = array;
      chunk.nested_ = true;
      chunk.path_ = path;
      return chunk;
    }
    chunk.typed_ = !arrow::is_base_binary_like(array->type_id());
    ARROW_ASSIGN_OR_RAISE(chunk.array_, plain_array(array));
    const arrow::Array* values = chunk.array_.get();
    if (chunk.array_->type_id() == arrow::Type::LARGE_LIST) {
      ARROW_ASSIGN_OR_RAISE(chunk.values_,
                            plain_array(static_cast<const arrow::LargeListArray&>(*chunk.array_).values()));
      values = chunk.values_.get();
    }
    chunk.write_ = text_writer(*values);
    return chunk;
  }

  int64_t length() const { return array_->length(); }

  // The cell is a view into this object, valid until the next call.
  Cell cell(int64_t row) {
    scratch_.clear();
    if (array_->IsNull(row)) {
      return {};
    }
    if (nested_) {
      return nested_cell(row);
    }
    if (values_ == nullptr) {
      write_(row, scratch_);
      return {.text = scratch_, .typed = typed_};
    }
    const auto& list = static_cast<const arrow::LargeListArray&>(*array_);
    const bool numbers = arrow::is_floating(values_->type_id());  // of a vector, which has no missing places
    elements_.resize(static_cast<size_t>(list.value_length(row)));
    size_t filled = 0;
    for (int64_t at = list.value_offset(row); at < list.value_offset(row + 1); ++at) {
      if (!values_->IsNull(at)) {
        write_(at, elements_[filled++]);
      } else if (numbers) {
        elements_[filled++].clear();
      }
    }
    elements_.resize(filled);
    return {.elements = elements_, .is_list = true};
  }

 private:
  Cell nested_cell(int64_t row) {
    const auto value = json_value(array_, row);
    if (!value.ok()) {
      return {};
    }
    JsonText text = text_at_path(*value, path_);
    if (text.is_list) {
      elements_ = std::move(text.elements);
      return {.elements = elements_, .is_list = true};
    }
    scratch_ = std::move(text.text);
    return {.text = scratch_, .typed = text.typed};
  }

  std::shared_ptr<arrow::Array> array_, values_;
  WriteCell write_;
  std::string path_;
  bool nested_ = false, typed_ = true;
  std::string scratch_;
  std::vector<std::string> elements_;
};

// The names of the top-level column and of the path inside it: "user.id" is "id" in "user".
std::pair<int, std::string> place_of_path(const arrow::Schema& schema, const std::string& name) {
  if (const auto places = schema.GetAllFieldIndices(name); !places.empty()) {
    return {places.front(), ""};
  }
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    const int place = schema.GetFieldIndex(name.substr(0, dot));
    if (place >= 0 && has_inner_values(*schema.field(place)->type())) {
      return {place, name.substr(dot + 1)};
    }
  }
  return {-1, ""};
}

// All chunks of a column.
Result<std::vector<Chunk>> chunks_of(const arrow::ChunkedArray& column, const std::string& name,
                                     const std::string& path, const std::string& file) {
  std::vector<Chunk> chunks;
  for (const auto& array : column.chunks()) {
    auto chunk = Chunk::make(array, path);
    if (!chunk.ok()) {
      return fail({ErrorCode::kBadData, fmt::format("column '{}': {}", name, chunk.status().message()), file,
                   "write the column as numbers, text, times or lists of those, or leave it out of columns"});
    }
    chunks.push_back(std::move(*chunk));
  }
  return chunks;
}

Result<nlohmann::json> json_cell(const arrow::ChunkedArray& column, int64_t row, const std::string& name,
                                 const FileStart& start) {
  for (const auto& chunk : column.chunks()) {
    if (row < chunk->length()) {
      auto value = json_value(chunk, row);
      if (!value.ok()) {
        return fail(not_readable(start, fmt::format("column '{}': {}", name, value.status().message())));
      }
      return std::move(*value);
    }
    row -= chunk->length();
  }
  return nlohmann::json();
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

Result<std::vector<ArrowPlace>> find_arrow_columns(const arrow::Schema& schema, const std::string& file,
                                                   const SourceConfig& source) {
  std::vector<ArrowPlace> found;
  for (const ColumnConfig& column : source.columns) {
    auto [place, path] = place_of_path(schema, column.column);
    if (place < 0) {
      return fail({ErrorCode::kBadData, fmt::format("no column '{}' (named at {})", column.column, column.place), file,
                   did_you_mean(column.column, schema.field_names())});
    }
    const arrow::DataType& type = *schema.field(place)->type();
    const bool object = type.id() == arrow::Type::STRUCT || type.id() == arrow::Type::MAP;
    if (path.empty() && object && !column.role.empty()) {
      return fail(
          {ErrorCode::kUnsupported,
           fmt::format("column '{}' (named at {}) holds objects, not ids or numbers", column.column, column.place),
           file, fmt::format("name a member of it, such as \"{}.id\"", column.column)});
    }
    found.push_back({place, std::move(path)});
  }
  return found;
}

Status add_arrow_rows(const std::vector<std::shared_ptr<arrow::ChunkedArray>>& columns,
                      const std::vector<ArrowPlace>& found, const std::string& file, const std::string& format,
                      RowSink& sink) {
  std::vector<size_t> places;
  std::ranges::transform(found, std::back_inserter(places),
                         [](const ArrowPlace& place) { return static_cast<size_t>(place.column); });
  std::vector<std::vector<Chunk>> chunks;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i]->length() != columns.front()->length()) {
      return fail(damaged_file(file, format, "its columns differ in length"));
    }
    HAINA_TRY(auto of_column, chunks_of(*columns[i], sink.source().columns[i].column, found[i].path, file));
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
  HAINA_OK(load_arrow_casts());
  const arrow::Schema& schema = *(*table)->schema();
  std::vector<std::shared_ptr<arrow::ChunkedArray>> columns;
  std::vector<std::string> names;
  for (int f = 0; f < schema.num_fields(); ++f) {
    const std::string& name = schema.field(f)->name();
    if (std::ranges::find(names, name) != names.end()) {
      preview.doubts.push_back(fmt::format("two columns are called '{}'; the first is used", name));
      continue;
    }
    names.push_back(name);
    columns.push_back((*table)->column(f));
  }
  JsonPreview rows(preview);
  for (int64_t r = 0; r < (*table)->num_rows() && !rows.full(); ++r) {
    JsonPreview::Members members;
    for (size_t c = 0; c < columns.size(); ++c) {
      HAINA_TRY(nlohmann::json value, json_cell(*columns[c], r, names[c], start));
      members.emplace_back(names[c], std::move(value));
    }
    rows.add_members(members);
  }
  if (preview.rows.empty()) {
    for (const std::string& name : names) {
      preview.columns.push_back({.name = name});
    }
    return ok();
  }
  return rows.finish(start);
}

}  // namespace haina
