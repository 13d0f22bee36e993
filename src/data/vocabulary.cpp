#include "data/vocabulary.h"

#include <ATen/ATen.h>
#include <arrow/api.h>

#include <algorithm>

#include "base/error.h"

namespace haina {

Vocabulary::Vocabulary(const Vocabulary& other) : names_(other.names_) {
  rows_.reserve(names_.size());
  for (const std::string& name : names_) {
    rows_.emplace(name, static_cast<int32_t>(rows_.size()));
  }
}

Vocabulary& Vocabulary::operator=(const Vocabulary& other) {
  if (this != &other) {
    *this = Vocabulary(other);
  }
  return *this;
}

std::optional<int32_t> Vocabulary::find(std::string_view name) const {
  const auto found = rows_.find(name);
  return found == rows_.end() ? std::nullopt : std::optional(found->second);
}

int32_t Vocabulary::find_or_add(std::string_view name) {
  if (const auto found = rows_.find(name); found != rows_.end()) {
    return found->second;
  }
  const int32_t row = static_cast<int32_t>(names_.size());
  names_.emplace_back(name);
  rows_.emplace(names_.back(), row);
  return row;
}

std::shared_ptr<arrow::Array> Vocabulary::to_arrow() const {
  arrow::LargeStringBuilder builder;
  for (const std::string& name : names_) {
    const arrow::Status appended = builder.Append(name);
    HAINA_ASSERT(appended.ok());
  }
  std::shared_ptr<arrow::Array> array;
  const arrow::Status finished = builder.Finish(&array);
  HAINA_ASSERT(finished.ok());
  return array;
}

void Vocabulary::pack(const std::string& prefix, TensorMap& into) const {
  std::string bytes;
  std::vector<int64_t> ends;
  for (const std::string& name : names_) {
    bytes += name;
    ends.push_back(static_cast<int64_t>(bytes.size()));
  }
  at::Tensor blob = at::empty({static_cast<int64_t>(bytes.size())}, at::kByte);
  std::ranges::copy(bytes, static_cast<char*>(blob.data_ptr()));
  into[prefix + ".bytes"] = blob;
  into[prefix + ".ends"] = at::tensor(ends, at::kLong);
}

Result<Vocabulary> Vocabulary::unpack(const std::string& prefix, const TensorMap& from, const std::string& where) {
  HAINA_TRY(const at::Tensor bytes, take_tensor(from, prefix + ".bytes", at::kByte, 1, where));
  HAINA_TRY(const at::Tensor ends, take_tensor(from, prefix + ".ends", at::kLong, 1, where));
  Vocabulary vocabulary;
  int64_t begin = 0;
  const char* const text = static_cast<const char*>(bytes.const_data_ptr());
  for (int64_t i = 0; i < ends.size(0); ++i) {
    const int64_t end = ends.const_data_ptr<int64_t>()[i];
    if (end < begin || end > bytes.size(0)) {
      return fail({ErrorCode::kBadData, "the vocabulary '" + prefix + "' is damaged", where,
                   "write the file again with the command that made it"});
    }
    vocabulary.find_or_add({text + begin, static_cast<size_t>(end - begin)});
    begin = end;
  }
  return vocabulary;
}

Vocabulary Vocabulary::from_arrow(const arrow::Array& names) {
  Vocabulary vocabulary;
  const auto add_all = [&](const auto& array) {
    for (int64_t i = 0; i < array.length(); ++i) {
      vocabulary.find_or_add(array.GetView(i));
    }
  };
  if (names.type_id() == arrow::Type::LARGE_STRING) {
    add_all(static_cast<const arrow::LargeStringArray&>(names));
  } else {
    HAINA_ASSERT(names.type_id() == arrow::Type::STRING);
    add_all(static_cast<const arrow::StringArray&>(names));
  }
  return vocabulary;
}

}  // namespace haina
