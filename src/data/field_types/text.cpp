// One text a row. `texts`: [rows], empty where missing.
#include <algorithm>

#include "data/field_type.h"
#include "data/field_types/field_parts.h"
#include "data/field_types/impute_rules.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

void from_column(const FieldColumn& column, Field& field) {
  field.texts.resize(static_cast<size_t>(field.num_rows));
  column.for_each(
      [&](int64_t cell, int32_t row) { field.texts[static_cast<size_t>(row)] = text_at(&column.cells, cell); });
}

void join(const Field& more, Field& field) {
  for (size_t r = 0; r < field.texts.size(); ++r) {
    field.texts[r] = more.texts[r].empty() ? field.texts[r] : more.texts[r];
  }
}

void from_text(const std::vector<std::vector<std::string>>& rows, Field& field) {
  for (const std::vector<std::string>& cells : rows) {
    field.texts.push_back(cells.empty() ? "" : cells.front());
  }
}

Status impute(Field& field, const std::string& rule, const std::string& where) {
  if (is_statistic(rule)) {
    return fail(rule_does_not_fit(field, rule, where, "write unknown or a value"));
  }
  std::ranges::replace(field.texts, std::string(), rule);
  return ok();
}

}  // namespace

FieldTypeEntry text_field_type() {
  return {.name = "text",
          .is_searchable = true,
          .present = texts_present,
          .save = save_texts,
          .load = load_texts,
          .is_sound = texts_are_sound,
          .from_column = from_column,
          .join = join,
          .from_text = from_text,
          .to_text = texts_to_text,
          .impute = impute};
}

}  // namespace haina
