// One vector a row, all of one length d. `numbers`: float32 [rows, d], a row of NaN where missing.
#include <ATen/ATen.h>
#include <arrow/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "data/field_type.h"
#include "data/field_types/field_parts.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

at::Tensor present(const Field& field) { return at::isfinite(field.numbers).all(1); }

Status load(Field& field, const TensorMap& from, const std::string& key, const std::string& where) {
  return load_numbers(field, 2, from, key, where);
}

// The longest vector of the cells that have a row gives the length; shorter ones are missing at their end.
void from_column(const FieldColumn& column, Field& field) {
  const auto& lists = static_cast<const arrow::ListArray&>(column.cells);
  int64_t width = 0;
  column.for_each([&](int64_t cell, int32_t) { width = std::max<int64_t>(width, lists.value_length(cell)); });
  field.numbers = at::full({field.num_rows, width}, std::nanf(""));
  float* const numbers = field.numbers.data_ptr<float>();
  column.for_each([&](int64_t cell, int32_t row) {
    for (int64_t i = 0; i < lists.value_length(cell); ++i) {
      numbers[row * width + i] = static_cast<float>(*number_at(lists.values().get(), lists.value_offset(cell) + i));
    }
  });
}

void join(const Field& more, Field& field) {
  if (field.numbers.size(1) == more.numbers.size(1)) {
    field.numbers = at::where(more.present().unsqueeze(1), more.numbers, field.numbers);
  }
}

void from_text(const std::vector<std::vector<std::string>>& rows, Field& field) {
  int64_t width = 0;
  for (const std::vector<std::string>& cells : rows) {
    width = std::max(width, std::ssize(cells));
  }
  field.numbers = at::full({field.num_rows, width}, std::nanf(""));
  float* numbers = field.numbers.data_ptr<float>();
  for (const std::vector<std::string>& cells : rows) {
    std::ranges::transform(cells, numbers, number_of);
    numbers += width;
  }
}

Status check_text(const Field& field, const std::vector<std::string>& cells, const std::string& where) {
  HAINA_OK(check_numbers(cells, where));
  if (const int64_t width = field.numbers.size(1); std::ssize(cells) != width) {
    return fail({ErrorCode::kInvalidArgument,
                 fmt::format("{} numbers, but vectors of '{}' have {}", cells.size(), field.full_name(), width), where,
                 "give a vector of the same length as those in training"});
  }
  return ok();
}

std::vector<std::string> to_text(const Field& field, int32_t row, const Vocabulary& /*targets*/) {
  std::vector<std::string> cells;
  for (int64_t i = 0; i < field.numbers.size(1); ++i) {
    cells.push_back(fmt::format("{}", field.numbers.const_data_ptr<float>()[row * field.numbers.size(1) + i]));
  }
  return cells;
}

}  // namespace

FieldTypeEntry vector_field_type() {
  return {.name = "vector",
          .present = present,
          .save = save_numbers,
          .load = load,
          .is_sound = numbers_are_sound,
          .from_column = from_column,
          .join = join,
          .from_text = from_text,
          .check_text = check_text,
          .to_text = to_text};
}

}  // namespace haina
