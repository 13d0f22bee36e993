#include "data/assembly/build_fields.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "data/assembly/several_rows.h"
#include "data/cleaning/clean_events.h"
#include "data/field_type.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

// A row of `ids` for each cell, -1 where the id is unknown.
std::vector<int32_t> rows_of(const arrow::Array* ids_of_table, const Vocabulary& ids) {
  std::vector<int32_t> rows;
  for (int64_t r = 0; ids_of_table != nullptr && r < ids_of_table->length(); ++r) {
    rows.push_back(ids.find(text_at(ids_of_table, r)).value_or(-1));
  }
  return rows;
}

const CodeLabels* find_labels(const ValueLabels& labels, const std::string& key) {
  const auto found = labels.find(key);
  return found == labels.end() ? nullptr : &found->second;
}

}  // namespace

Field new_field(const SourceConfig& source, const std::string& name, Side side, FieldType type, int64_t num_rows) {
  Field field;
  field.source = source.name;
  field.name = name;
  field.side = side;
  field.type = type;
  field.num_rows = num_rows;
  return field;
}

bool join_live_rows(const Field& field, const SourceConfig& source, Dataset& dataset) {
  const auto earlier = std::ranges::find_if(dataset.fields, [&](const Field& other) {
    return source.live && other.side == field.side && other.full_name() == field.full_name();
  });
  if (earlier == dataset.fields.end()) {
    return false;
  }
  const FieldTypeEntry& type = entry_of(field.type);
  if (earlier->type == field.type && type.join != nullptr) {
    type.join(field, *earlier);
  }
  return true;
}

void add_entity_fields(const SourceTable& source, Side side, const CleanConfig& clean, const ValueLabels& labels,
                       Dataset& dataset, QualityReport& quality) {
  const Vocabulary& ids = side == Side::kUser ? dataset.users : dataset.items;
  const std::vector<int32_t> rows = rows_of(column_of(*source.table, side == Side::kUser ? "user" : "item"), ids);
  for (const ColumnConfig& column : source.config->columns) {
    const bool is_title = column.role == "name";
    if ((!column.role.empty() && !is_title) || column.type == "context") {
      continue;
    }
    const std::string& name = is_title ? column.role : column.column;
    const arrow::Array* const cells = column_of(*source.table, name);
    if (cells == nullptr) {
      continue;  // no row is left after its ids were mapped
    }
    const FieldType type = is_title ? FieldType::kText : column_field_type(column.type).value_or(FieldType::kCategory);
    const OneCellARow used = one_cell_a_row({*source.config, column, name, *cells, rows, ids}, quality);
    const FieldType type_of_rows = used.several ? FieldType::kTags : type;
    Field field = new_field(*source.config, name, side, type_of_rows, ids.size());
    const CodeLabels* const codes = find_labels(labels, field.full_name());
    const auto label = [&](std::string_view code) { return label_of(codes, code); };
    if (used.several) {
      tags_of_codes({.cells = *cells, .rows = rows, .label = label}, field);
    } else {
      entry_of(type).from_column({.cells = *cells, .rows = used.rows, .label = label}, field);
    }
    if (join_live_rows(field, *source.config, dataset)) {
      continue;
    }
    if (entry_of(field.type).has_outliers) {
      drop_outliers(field, clean.outlier_z, ids, quality);
    }
    dataset.fields.push_back(std::move(field));
  }
}

void add_assigned_tags(const SourceTable& source, const ValueLabels& labels, Dataset& dataset) {
  const CodeLabels* const own = find_labels(labels, source.config->name + ".tag");
  const CodeLabels* const codes = own != nullptr ? own : find_labels(labels, "");
  const arrow::Array* const user = column_of(*source.table, "user");
  const arrow::Array* const item = column_of(*source.table, "item");
  const arrow::Array* const tag = column_of(*source.table, "tag");
  Field field = new_field(*source.config, "tag", Side::kItem, FieldType::kTags, dataset.items.size());
  std::vector<int32_t> users, items, values;
  for (int64_t r = 0; r < tag->length(); ++r) {
    const auto user_row = dataset.users.find(text_at(user, r));
    const auto item_row = dataset.items.find(text_at(item, r));
    if (!user_row || !item_row) {
      continue;
    }
    users.push_back(*user_row);
    items.push_back(*item_row);
    values.push_back(field.values.find_or_add(label_of(codes, text_at(tag, r))));
  }
  field.bags = csr_from_coordinates(field.num_rows, field.values.size(), items, values,
                                    std::vector<float>(items.size(), 1.0F), Repeats::kSum);
  field.assigned_user = at::tensor(users, at::kInt);
  field.assigned_item = at::tensor(items, at::kInt);
  field.assigned_value = at::tensor(values, at::kInt);
  dataset.fields.push_back(std::move(field));
}

void set_titles(Dataset& dataset) {
  dataset.titles = dataset.items.to_strings();
  const Field* chosen = nullptr;
  bool by_name = false;
  for (const Field& field : dataset.fields) {
    if (field.side == Side::kItem && field.type == FieldType::kText) {
      const bool named_title = names_title(field.name);
      if (chosen == nullptr || (named_title && !by_name)) {
        chosen = &field;
        by_name = named_title;
      }
    }
  }
  for (size_t i = 0; chosen != nullptr && i < chosen->texts.size(); ++i) {
    dataset.titles[i] = chosen->texts[i].empty() ? dataset.titles[i] : chosen->texts[i];
  }
}

}  // namespace haina
