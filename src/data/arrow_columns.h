// Tensors and strings as columns of Arrow IPC files, shared with the tensors where possible, not copied.
#pragma once

#include <ATen/core/Tensor.h>
#include <arrow/api.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace haina {

inline constexpr const char* kPrepareAgain = "run haina prepare again";  // the hint of errors in prepared files

// Shares the tensor's memory for as long as the array lives. tensor: one dimension, of the width of `type`.
std::shared_ptr<arrow::Array> array_of(const at::Tensor& tensor, const std::shared_ptr<arrow::DataType>& type);
// large_utf8
std::shared_ptr<arrow::Array> array_of(const std::vector<std::string>& texts);

using NamedArrays = std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>;
// One file with these columns, all of one length. kIo where it cannot be written.
Status write_columns(const std::filesystem::path& path, const NamedArrays& columns);

// The columns of one file, memory-mapped for as long as any tensor of it lives.
class ColumnsFile {
 public:
  static Result<ColumnsFile> open(const std::filesystem::path& path);
  // kBadData where the column is missing, has another type, or has nulls.
  Result<at::Tensor> tensor(const std::string& name, at::ScalarType dtype, const arrow::DataType& type) const;
  Result<std::vector<std::string>> texts(const std::string& name) const;

 private:
  ColumnsFile(std::filesystem::path path, std::shared_ptr<arrow::Table> table)
      : path_(std::move(path)), table_(std::move(table)) {}
  std::filesystem::path path_;
  std::shared_ptr<arrow::Table> table_;  // at most one chunk a column
};

}  // namespace haina
