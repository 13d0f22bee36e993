// One number a row. `numbers`: float32 [rows], NaN where missing.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "data/field_type.h"
#include "data/field_types/field_parts.h"
#include "data/field_types/impute_rules.h"
#include "data/parse_cell.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

void from_column(const FieldColumn& column, Field& field) {
  field.numbers = missing_scalars(field.num_rows);
  float* const numbers = field.numbers.data_ptr<float>();
  column.for_each(
      [&](int64_t cell, int32_t row) { numbers[row] = static_cast<float>(*number_at(&column.cells, cell)); });
}

void from_text(const std::vector<std::vector<std::string>>& rows, Field& field) {
  field.numbers = missing_scalars(field.num_rows);
  for (size_t r = 0; r < rows.size(); ++r) {
    if (!rows[r].empty()) {
      field.numbers.data_ptr<float>()[r] = number_of(rows[r].front());
    }
  }
}

Status check_text(const Field& /*field*/, const std::vector<std::string>& cells, const std::string& where) {
  return check_numbers(cells, where);
}

std::vector<std::string> to_text(const Field& field, int32_t row, const Vocabulary& /*targets*/) {
  const float number = field.numbers.const_data_ptr<float>()[row];
  return std::isfinite(number) ? std::vector{fmt::format("{}", number)} : std::vector<std::string>();
}

// The number that a rule gives: median, mean or mode of the known numbers, or the number written.
Result<float> number_for(const Field& field, const std::string& rule, const std::string& where) {
  const at::Tensor known = field.numbers.masked_select(at::isfinite(field.numbers));
  if (is_statistic(rule) && known.numel() == 0) {
    return fail({ErrorCode::kInvalidArgument,
                 fmt::format("the {} of '{}' cannot be computed: every value is missing", rule, field.full_name()),
                 where, "write a number instead, or remove the rule"});
  }
  if (rule == "mean") {
    return static_cast<float>(known.to(at::kDouble).mean().item<double>());
  }
  if (is_statistic(rule)) {
    std::vector<float> values(known.const_data_ptr<float>(), known.const_data_ptr<float>() + known.numel());
    if (rule == "mode") {
      return mode_of(values);
    }
    std::ranges::sort(values);
    const size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  }
  if (const auto number = parse_number(rule)) {
    return static_cast<float>(*number);
  }
  return fail(rule_does_not_fit(field, rule, where, "write median, mean, mode or a number"));
}

Status impute(Field& field, const std::string& rule, const std::string& where) {
  HAINA_TRY(const float number, number_for(field, rule, where));
  field.numbers = at::where(field.present(), field.numbers, at::full_like(field.numbers, number));
  return ok();
}

}  // namespace

FieldTypeEntry number_field_type() {
  return {.name = "number",
          .has_outliers = true,
          .present = scalars_present,
          .save = save_numbers,
          .load = load_scalars,
          .is_sound = numbers_are_sound,
          .from_column = from_column,
          .join = join_scalars,
          .from_text = from_text,
          .check_text = check_text,
          .to_text = to_text,
          .impute = impute};
}

}  // namespace haina
