// Any number of values a row, each with a weight. `bags`: [rows, values]. Tags that users assigned also keep who
// assigned them: the assigned_* tensors.
#include <ATen/ATen.h>
#include <arrow/api.h>

#include "data/field_type.h"
#include "data/field_types/field_parts.h"
#include "data/field_types/impute_rules.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

void save(const Field& field, const std::string& key, TensorMap& into) {
  save_bags(field, key, into);
  if (field.has_authors()) {
    into[key + ".assigned_user"] = field.assigned_user;
    into[key + ".assigned_item"] = field.assigned_item;
    into[key + ".assigned_value"] = field.assigned_value;
  }
}

Status load(Field& field, const TensorMap& from, const std::string& key, const std::string& where) {
  HAINA_OK(load_bags(field, from, key, where));
  if (from.contains(key + ".assigned_user")) {
    HAINA_TRY(field.assigned_user, take_tensor(from, key + ".assigned_user", at::kInt, 1, where));
    HAINA_TRY(field.assigned_item, take_tensor(from, key + ".assigned_item", at::kInt, 1, where));
    HAINA_TRY(field.assigned_value, take_tensor(from, key + ".assigned_value", at::kInt, 1, where));
  }
  return ok();
}

bool is_sound(const Field& field, const DatasetSize& size) {
  const bool authors_are_sound =
      !field.has_authors() ||
      (field.assigned_item.numel() == field.assigned_user.numel() &&
       field.assigned_value.numel() == field.assigned_user.numel() && in_range(field.assigned_user, 0, size.users) &&
       in_range(field.assigned_item, 0, size.items) && in_range(field.assigned_value, 0, field.values.size()));
  return authors_are_sound && bags_are_sound(field, size);
}

void from_column(const FieldColumn& column, Field& field) {
  const auto& lists = static_cast<const arrow::ListArray&>(column.cells);
  BagEntries entries;
  column.for_each([&](int64_t cell, int32_t row) {
    for (int64_t i = lists.value_offset(cell); i < lists.value_offset(cell + 1); ++i) {
      entries.add(row, field.values.find_or_add(column.label(text_at(lists.values().get(), i))));
    }
  });
  field.bags = entries.to_csr(field.num_rows, field.values.size());
}

void join(const Field& more, Field& field) {
  BagEntries entries;
  for (int32_t r = 0; r < field.num_rows; ++r) {
    const auto tags = more.bags.row(r);
    if (tags.empty()) {
      entries.add_row(field.bags, r);
    }
    for (size_t i = 0; i < tags.size(); ++i) {
      entries.add(r, field.values.find_or_add(more.values.name(tags[i])), more.bags.row_values(r)[i]);
    }
  }
  field.bags = entries.to_csr(field.num_rows, field.values.size());
}

Status impute(Field& field, const std::string& rule, const std::string& where) {
  if (is_statistic(rule) || field.has_authors()) {
    return fail(
        rule_does_not_fit(field, rule, where, "write unknown or a value; tags that users assigned cannot be filled"));
  }
  const int32_t value = field.values.find_or_add(rule);
  BagEntries entries;
  for (int32_t r = 0; r < field.num_rows; ++r) {
    entries.add_row(field.bags, r);
    if (field.bags.row(r).empty()) {
      entries.add(r, value);
    }
  }
  field.bags = entries.to_csr(field.num_rows, field.values.size());
  return ok();
}

}  // namespace

FieldTypeEntry tags_field_type() {
  return {.name = "tags",
          .has_values = true,
          .is_searchable = true,
          .present = bags_present,
          .save = save,
          .load = load,
          .is_sound = is_sound,
          .from_column = from_column,
          .join = join,
          .from_text = bags_from_text,
          .to_text = bags_to_text,
          .impute = impute};
}

}  // namespace haina
