// One of several values a row. `codes`: int32 [rows], row of `values`, -1 where missing.
#include <ATen/ATen.h>

#include <algorithm>
#include <iterator>

#include "data/field_type.h"
#include "data/field_types/field_parts.h"
#include "data/field_types/impute_rules.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

at::Tensor missing_codes(int64_t rows) { return at::full({rows}, -1, at::kInt); }

at::Tensor present(const Field& field) { return field.codes.ge(0); }

void save(const Field& field, const std::string& key, TensorMap& into) {
  if (field.codes.defined()) {
    into[key + ".codes"] = field.codes;
  }
  save_values(field, key, into);
}

Status load(Field& field, const TensorMap& from, const std::string& key, const std::string& where) {
  HAINA_TRY(field.codes, take_tensor(from, key + ".codes", at::kInt, 1, where));
  if (field.codes.size(0) != field.num_rows) {
    return fail(wrong_length(field, "codes", where));
  }
  return load_values(field, from, key, where);
}

bool is_sound(const Field& field, const DatasetSize& size) {
  return field.codes.defined() && field.num_rows == rows_of_side(field, size) &&
         in_range(field.codes, -1, field.values.size());
}

void from_column(const FieldColumn& column, Field& field) {
  field.codes = missing_codes(field.num_rows);
  int32_t* const codes = field.codes.data_ptr<int32_t>();
  column.for_each([&](int64_t cell, int32_t row) {
    codes[row] = field.values.find_or_add(column.label(text_at(&column.cells, cell)));
  });
}

void join(const Field& more, Field& field) {
  int32_t* const codes = field.codes.data_ptr<int32_t>();
  const int32_t* const new_codes = more.codes.const_data_ptr<int32_t>();
  for (int64_t r = 0; r < field.num_rows; ++r) {
    codes[r] = new_codes[r] < 0 ? codes[r] : field.values.find_or_add(more.values.name(new_codes[r]));
  }
}

void from_text(const std::vector<std::vector<std::string>>& rows, Field& field) {
  field.codes = missing_codes(field.num_rows);
  for (size_t r = 0; r < rows.size(); ++r) {
    if (!rows[r].empty()) {
      field.codes.data_ptr<int32_t>()[r] = field.values.find_or_add(rows[r].front());
    }
  }
}

std::vector<std::string> to_text(const Field& field, int32_t row, const Vocabulary& /*targets*/) {
  const int32_t code = field.codes.const_data_ptr<int32_t>()[row];
  return code < 0 ? std::vector<std::string>() : std::vector{std::string(field.values.name(code))};
}

Status impute(Field& field, const std::string& rule, const std::string& where) {
  if (rule == "median" || rule == "mean") {
    return fail(rule_does_not_fit(field, rule, where, "write mode, unknown or a value"));
  }
  int32_t* const codes = field.codes.data_ptr<int32_t>();
  std::vector<int32_t> known;
  std::copy_if(codes, codes + field.num_rows, std::back_inserter(known), [](int32_t code) { return code >= 0; });
  if (rule == "mode" && known.empty()) {
    return fail(rule_does_not_fit(field, rule, where, "every value is missing: write a value, or remove the rule"));
  }
  std::replace(codes, codes + field.num_rows, -1, rule == "mode" ? mode_of(known) : field.values.find_or_add(rule));
  return ok();
}

}  // namespace

FieldTypeEntry category_field_type() {
  return {.name = "category",
          .has_values = true,
          .is_searchable = true,
          .present = present,
          .save = save,
          .load = load,
          .is_sound = is_sound,
          .from_column = from_column,
          .join = join,
          .from_text = from_text,
          .to_text = to_text,
          .impute = impute};
}

}  // namespace haina
