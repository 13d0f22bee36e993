#include "data/arrow_columns.h"

#include <ATen/ATen.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <fmt/format.h>

#include <cstdint>

namespace haina {
namespace fs = std::filesystem;
namespace {

// bool is read from bytes: Arrow packs booleans into bits, so they are written as uint8.
at::Tensor tensor_of(const std::shared_ptr<arrow::Array>& array, at::ScalarType dtype) {
  const auto& data = *array->data();
  const uint8_t* const bytes = data.buffers[1]->data() + data.offset * static_cast<int64_t>(c10::elementSize(dtype));
  return at::from_blob(
      const_cast<uint8_t*>(bytes), {array->length()}, [array](void*) {}, at::TensorOptions().dtype(dtype));
}

}  // namespace

std::shared_ptr<arrow::Array> array_of(const at::Tensor& tensor, const std::shared_ptr<arrow::DataType>& type) {
  const at::Tensor block = tensor.contiguous();
  auto buffer = std::make_shared<arrow::Buffer>(static_cast<const uint8_t*>(block.const_data_ptr()),
                                                static_cast<int64_t>(block.nbytes()));
  // The deleter holds the tensor, and with it the memory.
  std::shared_ptr<arrow::Buffer> kept(buffer.get(), [buffer, block](arrow::Buffer*) {});
  return arrow::MakeArray(arrow::ArrayData::Make(type, block.size(0), {nullptr, kept}, 0));
}

std::shared_ptr<arrow::Array> array_of(const std::vector<std::string>& texts) {
  arrow::LargeStringBuilder builder;
  const arrow::Status appended = builder.AppendValues(texts);
  HAINA_ASSERT(appended.ok());
  std::shared_ptr<arrow::Array> array;
  const arrow::Status finished = builder.Finish(&array);
  HAINA_ASSERT(finished.ok());
  return array;
}

Status write_columns(const fs::path& path, const NamedArrays& columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
  const auto write = [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::FileOutputStream::Open(path.string()));
    ARROW_ASSIGN_OR_RAISE(const auto writer, arrow::ipc::MakeFileWriter(file, table->schema()));
    ARROW_RETURN_NOT_OK(writer->WriteTable(*table));
    ARROW_RETURN_NOT_OK(writer->Close());
    return file->Close();
  };
  if (const arrow::Status status = write(); !status.ok()) {
    return fail({ErrorCode::kIo, status.message(), path.string(), "free some disk space or check the permissions"});
  }
  return ok();
}

Result<ColumnsFile> ColumnsFile::open(const fs::path& path) {
  const auto read = [&]() -> arrow::Result<std::shared_ptr<arrow::Table>> {
    ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::MemoryMappedFile::Open(path.string(), arrow::io::FileMode::READ));
    ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchFileReader::Open(file));
    ARROW_ASSIGN_OR_RAISE(const auto table, reader->ToTable());
    ARROW_RETURN_NOT_OK(table->ValidateFull());
    return table->CombineChunks();
  };
  const arrow::Result<std::shared_ptr<arrow::Table>> table = read();
  if (!table.ok()) {
    return fail({ErrorCode::kBadData, table.status().message(), path.string(), kPrepareAgain});
  }
  return ColumnsFile(path, *table);
}

Result<at::Tensor> ColumnsFile::tensor(const std::string& name, at::ScalarType dtype,
                                       const arrow::DataType& type) const {
  const auto column = table_->GetColumnByName(name);
  if (column == nullptr || !column->type()->Equals(type) || column->null_count() > 0 || column->num_chunks() > 1) {
    return fail({ErrorCode::kBadData, fmt::format("no column '{}' of type {} without nulls", name, type.ToString()),
                 path_.string(), kPrepareAgain});
  }
  return column->num_chunks() == 0 ? at::empty({0}, dtype) : tensor_of(column->chunk(0), dtype);
}

Result<std::vector<std::string>> ColumnsFile::texts(const std::string& name) const {
  const auto column = table_->GetColumnByName(name);
  if (column == nullptr || column->type()->id() != arrow::Type::LARGE_STRING) {
    return fail({ErrorCode::kBadData, fmt::format("no text column '{}'", name), path_.string(), kPrepareAgain});
  }
  std::vector<std::string> texts;
  for (const auto& chunk : column->chunks()) {
    const auto& array = static_cast<const arrow::LargeStringArray&>(*chunk);
    for (int64_t i = 0; i < array.length(); ++i) {
      texts.emplace_back(array.GetView(i));
    }
  }
  return texts;
}

}  // namespace haina
