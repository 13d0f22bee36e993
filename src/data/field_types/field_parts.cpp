#include "data/field_types/field_parts.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "data/parse_cell.h"
#include "kernels/csr_tensors.h"

namespace haina {

void BagEntries::add(int32_t row, int32_t column, float weight) {
  rows.push_back(row);
  columns.push_back(column);
  weights.push_back(weight);
}

void BagEntries::add_row(const Csr& bag, int32_t row) {
  for (size_t i = 0; i < bag.row(row).size(); ++i) {
    add(row, bag.row(row)[i], bag.row_values(row)[i]);
  }
}

Csr BagEntries::to_csr(int64_t num_rows, int64_t num_cols) const {
  return csr_from_coordinates(num_rows, num_cols, rows, columns, weights, Repeats::kMax);
}

void save_numbers(const Field& field, const std::string& key, TensorMap& into) {
  if (field.numbers.defined()) {
    into[key + ".numbers"] = field.numbers;
  }
}

Status load_numbers(Field& field, int64_t dims, const TensorMap& from, const std::string& key,
                    const std::string& where) {
  HAINA_TRY(field.numbers, take_tensor(from, key + ".numbers", at::kFloat, dims, where));
  return field.numbers.size(0) == field.num_rows ? ok() : fail(wrong_length(field, "numbers", where));
}

bool numbers_are_sound(const Field& field, const DatasetSize& size) {
  return field.numbers.defined() && field.num_rows == rows_of_side(field, size);
}

at::Tensor missing_scalars(int64_t rows) { return at::full({rows}, std::numeric_limits<float>::quiet_NaN()); }

at::Tensor scalars_present(const Field& field) { return at::isfinite(field.numbers); }

Status load_scalars(Field& field, const TensorMap& from, const std::string& key, const std::string& where) {
  return load_numbers(field, 1, from, key, where);
}

void join_scalars(const Field& more, Field& field) {
  field.numbers = at::where(more.present(), more.numbers, field.numbers);
}

float number_of(const std::string& cell) {
  return static_cast<float>(parse_number(cell).value_or(std::numeric_limits<double>::quiet_NaN()));
}

Status check_numbers(const std::vector<std::string>& cells, const std::string& where) {
  for (const std::string& cell : cells) {
    if (!parse_number(cell)) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is not a number", cell), where, "write a number"});
    }
  }
  return ok();
}

at::Tensor bags_present(const Field& field) {
  at::Tensor mask = at::empty({field.num_rows}, at::kBool);
  for (int64_t r = 0; r < field.num_rows; ++r) {
    mask.data_ptr<bool>()[r] = !field.bags.row(r).empty();
  }
  return mask;
}

void save_bags(const Field& field, const std::string& key, TensorMap& into) {
  if (field.bags.offsets.defined()) {
    put_csr(key + ".bags", field.bags, into);
  }
  save_values(field, key, into);
}

Status load_bags(Field& field, const TensorMap& from, const std::string& key, const std::string& where) {
  HAINA_TRY(field.bags, take_csr(from, key + ".bags", where));
  return load_values(field, from, key, where);
}

bool bags_are_sound(const Field& field, const DatasetSize& size) {
  const int64_t width = field.target == Field::Target::kItems   ? size.items
                        : field.target == Field::Target::kUsers ? size.users
                                                                : field.values.size();
  const int64_t rows = rows_of_side(field, size);
  return field.num_rows == rows && field.bags.offsets.defined() && field.bags.num_rows() == rows &&
         field.bags.num_cols == width;
}

void bags_from_text(const std::vector<std::vector<std::string>>& rows, Field& field) {
  BagEntries entries;
  for (size_t r = 0; r < rows.size(); ++r) {
    for (const std::string& cell : rows[r]) {
      entries.add(static_cast<int32_t>(r), field.values.find_or_add(cell));
    }
  }
  field.bags = entries.to_csr(field.num_rows, field.values.size());
}

std::vector<std::string> bags_to_text(const Field& field, int32_t row, const Vocabulary& targets) {
  std::vector<std::string> cells;
  for (const int32_t column : field.bags.row(row)) {
    cells.emplace_back(targets.name(column));
  }
  return cells;
}

void save_values(const Field& field, const std::string& key, TensorMap& into) {
  if (field.values.size() > 0) {
    field.values.pack(key + ".vocabulary", into);
  }
}

Status load_values(Field& field, const TensorMap& from, const std::string& key, const std::string& where) {
  if (from.contains(key + ".vocabulary.ends")) {
    HAINA_TRY(field.values, Vocabulary::unpack(key + ".vocabulary", from, where));
  }
  return ok();
}

at::Tensor texts_present(const Field& field) {
  at::Tensor mask = at::empty({field.num_rows}, at::kBool);
  for (int64_t r = 0; r < field.num_rows; ++r) {
    mask.data_ptr<bool>()[r] = !field.texts[static_cast<size_t>(r)].empty();
  }
  return mask;
}

void save_texts(const Field& field, const std::string& key, TensorMap& into) {
  if (field.texts.empty()) {
    return;
  }
  std::string bytes;
  std::vector<int64_t> ends;
  for (const std::string& text : field.texts) {
    bytes += text;
    ends.push_back(std::ssize(bytes));
  }
  at::Tensor blob = at::empty({std::ssize(bytes)}, at::kByte);
  std::ranges::copy(bytes, static_cast<char*>(blob.data_ptr()));
  into[key + ".texts.bytes"] = blob;
  into[key + ".texts.ends"] = at::tensor(ends, at::kLong);
}

Status load_texts(Field& field, const TensorMap& from, const std::string& key, const std::string& where) {
  if (from.contains(key + ".texts.ends")) {
    HAINA_TRY(const at::Tensor bytes, take_tensor(from, key + ".texts.bytes", at::kByte, 1, where));
    HAINA_TRY(const at::Tensor ends, take_tensor(from, key + ".texts.ends", at::kLong, 1, where));
    const char* const text = static_cast<const char*>(bytes.const_data_ptr());
    int64_t begin = 0;
    for (int64_t i = 0; i < ends.size(0); ++i) {
      const int64_t end = ends.const_data_ptr<int64_t>()[i];
      if (end < begin || end > bytes.size(0)) {
        return fail(wrong_length(field, "texts", where));
      }
      field.texts.emplace_back(text + begin, static_cast<size_t>(end - begin));
      begin = end;
    }
  }
  return std::ssize(field.texts) == field.num_rows ? ok() : fail(wrong_length(field, "texts", where));
}

bool texts_are_sound(const Field& field, const DatasetSize& size) {
  return field.num_rows == rows_of_side(field, size) && std::ssize(field.texts) == field.num_rows;
}

std::vector<std::string> texts_to_text(const Field& field, int32_t row, const Vocabulary& /*targets*/) {
  const std::string& text = field.texts[static_cast<size_t>(row)];
  return text.empty() ? std::vector<std::string>() : std::vector{text};
}

int64_t rows_of_side(const Field& field, const DatasetSize& size) {
  return field.side == Side::kUser ? size.users : size.items;
}

bool in_range(const at::Tensor& rows, int64_t least, int64_t bound) {
  return !rows.defined() || rows.numel() == 0 ||
         (rows.min().item<int64_t>() >= least && rows.max().item<int64_t>() < bound);
}

Error wrong_length(const Field& field, std::string_view what, const std::string& where) {
  return {ErrorCode::kBadData, fmt::format("field '{}': the {} have the wrong length", field.full_name(), what), where,
          "run haina prepare again"};
}

}  // namespace haina
