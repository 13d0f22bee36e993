// Names (ids of users and items, values of categories) and their rows, in both directions.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/tensors_file.h"

namespace haina {

// Row r holds the r-th name added. Names are never removed, so views of them are valid while the vocabulary lives, even
// after a move.
class Vocabulary {
 public:
  Vocabulary() = default;
  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;
  Vocabulary(const Vocabulary& other);
  Vocabulary& operator=(const Vocabulary& other);

  std::optional<int32_t> find(std::string_view name) const;
  int32_t find_or_add(std::string_view name);
  std::string_view name(int32_t row) const { return names_[static_cast<size_t>(row)]; }
  int64_t size() const { return static_cast<int64_t>(names_.size()); }
  // large_utf8 [size]
  std::shared_ptr<arrow::Array> to_arrow() const;
  static Vocabulary from_arrow(const arrow::Array& names);  // utf8 or large_utf8
  // To and from tensors of a safetensors file: PREFIX.bytes (uint8) and PREFIX.ends (int64 [size]).
  void pack(const std::string& prefix, TensorMap& into) const;
  static Result<Vocabulary> unpack(const std::string& prefix, const TensorMap& from, const std::string& where);
  std::vector<std::string> to_strings() const { return {names_.begin(), names_.end()}; }

 private:
  std::deque<std::string> names_;  // a deque never moves its elements, so the views below stay valid
  std::unordered_map<std::string_view, int32_t> rows_;
};

}  // namespace haina
