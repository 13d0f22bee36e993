#include "data/assembly/build_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/suggest.h"
#include "data/cleaning/clean_events.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

std::string_view name_of(const NamesOfCodes& names, std::string_view code) {
  const auto found = names.find(code);
  return found == names.end() ? code : std::string_view(found->second);
}

Field new_field(const SourceConfig& source, const std::string& name, Side side, FieldType type) {
  Field field;
  field.source = source.name;
  field.name = name;
  field.side = side;
  field.type = type;
  return field;
}

// Coordinates of a bag until the number of rows is known.
struct BagRows {
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
  void add(int32_t row, int32_t column, float value = 1) {
    rows.push_back(row);
    columns.push_back(column);
    values.push_back(value);
  }
};

// The rows that `more` has, in the place of those of `field`: of the same type, source and column.
void join_rows(const Field& more, Field& field) {
  const at::Tensor present = more.present();
  const bool* const is_there = present.const_data_ptr<bool>();
  if (field.type != more.type || (field.type == FieldType::kVector && field.numbers.size(1) != more.numbers.size(1))) {
    return;
  }
  BagRows bags;
  for (int32_t r = 0; r < field.num_rows; ++r) {
    switch (field.type) {
      case FieldType::kNumber:
      case FieldType::kVector:
        if (is_there[r]) {
          field.numbers[r].copy_(more.numbers[r]);
        }
        break;
      case FieldType::kCategory:
        if (is_there[r]) {
          field.codes.data_ptr<int32_t>()[r] =
              field.values.find_or_add(more.values.name(more.codes.const_data_ptr<int32_t>()[r]));
        }
        break;
      case FieldType::kText:
        if (is_there[r]) {
          field.texts[static_cast<size_t>(r)] = more.texts[static_cast<size_t>(r)];
        }
        break;
      case FieldType::kTags:
        for (size_t i = 0; !is_there[r] && i < field.bags.row(r).size(); ++i) {
          bags.add(r, field.bags.row(r)[i], field.bags.row_values(r)[i]);
        }
        for (size_t i = 0; is_there[r] && i < more.bags.row(r).size(); ++i) {
          bags.add(r, field.values.find_or_add(more.values.name(more.bags.row(r)[i])), more.bags.row_values(r)[i]);
        }
        break;
      default:
        break;
    }
  }
  if (field.type == FieldType::kTags) {
    field.bags =
        csr_from_coordinates(field.num_rows, field.values.size(), bags.rows, bags.columns, bags.values, Repeats::kMax);
  }
}

}  // namespace

Result<ValueNames> names_of_values(const std::vector<SourceTable>& tables) {
  std::vector<std::string> known;
  std::map<std::string, std::string> explained;  // as written -> source and role or column
  for (const SourceTable& source : tables) {
    for (const ColumnConfig& column : source.config->columns) {
      if (column.role == "tag" || (column.role.empty() && (column.type == "category" || column.type == "tags"))) {
        const std::string key =
            fmt::format("{}.{}", source.config->name, column.role.empty() ? column.column : column.role);
        explained[key] = explained[fmt::format("{}.{}", source.config->name, column.column)] = key;
        known.push_back(key);
      }
    }
  }
  ValueNames names;
  for (const SourceTable& source : tables) {
    if (source.config->kind != SourceKind::kValues) {
      continue;
    }
    const std::string& of = source.config->of;
    if (!of.empty() && !explained.contains(of)) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("of = \"{}\" names no column of tags or categories", of),
                   source.config->place, did_you_mean(of, known)});
    }
    const arrow::Array* code = nullptr;
    for (const char* const role : {"tag", "item", "entity"}) {
      code = code == nullptr ? column_of(*source.table, role) : code;
    }
    const arrow::Array* const name = column_of(*source.table, "name");
    NamesOfCodes& into = names[of.empty() ? of : explained[of]];
    for (int64_t r = 0; code != nullptr && name != nullptr && r < code->length(); ++r) {
      into[std::string(text_at(code, r))] = text_at(name, r);
    }
  }
  return names;
}

void add_entity_fields(const SourceTable& source, Side side, const Vocabulary& ids, const CleanConfig& clean,
                       const ValueNames& names, Dataset& dataset, QualityReport& quality) {
  const arrow::Array* const id = column_of(*source.table, side == Side::kUser ? "user" : "item");
  const int64_t rows = ids.size();
  for (const ColumnConfig& column : source.config->columns) {
    const bool title = column.role == "name";
    if ((!column.role.empty() && !title) || column.type == "context") {
      continue;
    }
    const std::string& name = title ? column.role : column.column;
    const arrow::Array* const cells = column_of(*source.table, name);
    if (cells == nullptr) {
      continue;  // no row is left after its ids were mapped
    }
    Field field = new_field(*source.config, name, side, FieldType::kCategory);
    field.num_rows = rows;
    // Rows that came in live join the field of the source's own.
    const auto joined = std::ranges::find_if(dataset.fields, [&](const Field& other) {
      return source.config->live && other.side == side && other.full_name() == field.full_name();
    });
    const auto found_names = names.find(field.full_name());
    const auto named = [&](std::string_view code) {
      return found_names == names.end() ? code : name_of(found_names->second, code);
    };
    BagRows bags;
    if (column.type == "number") {
      field.type = FieldType::kNumber;
      field.numbers = at::full({rows}, std::nanf(""));
    } else if (column.type == "text" || title) {
      field.type = FieldType::kText;
      field.texts.resize(static_cast<size_t>(rows));
    } else if (column.type == "tags") {
      field.type = FieldType::kTags;
    } else if (column.type == "vector") {
      field.type = FieldType::kVector;
      const auto& list = static_cast<const arrow::ListArray&>(*cells);
      int64_t width = 0;
      for (int64_t r = 0; r < list.length(); ++r) {
        width = std::max<int64_t>(width, list.value_length(r));
      }
      field.numbers = at::full({rows, width}, std::nanf(""));
    } else {
      field.codes = at::full({rows}, -1, at::kInt);
    }
    for (int64_t r = 0; r < cells->length(); ++r) {
      const std::optional<int32_t> found = ids.find(text_at(id, r));
      if (!found || cells->IsNull(r)) {
        continue;  // outside the core, or nothing said
      }
      const int32_t row = *found;
      switch (field.type) {
        case FieldType::kNumber:
          field.numbers.data_ptr<float>()[row] = static_cast<float>(*number_at(cells, r));
          break;
        case FieldType::kText:
          field.texts[static_cast<size_t>(row)] = text_at(cells, r);
          break;
        case FieldType::kTags: {
          const auto& list = static_cast<const arrow::ListArray&>(*cells);
          for (int64_t i = list.value_offset(r); i < list.value_offset(r + 1); ++i) {
            bags.add(row, field.values.find_or_add(named(text_at(list.values().get(), i))));
          }
          break;
        }
        case FieldType::kVector: {
          const auto& list = static_cast<const arrow::ListArray&>(*cells);
          for (int64_t i = 0; i < list.value_length(r); ++i) {
            field.numbers.data_ptr<float>()[row * field.numbers.size(1) + i] =
                static_cast<float>(*number_at(list.values().get(), list.value_offset(r) + i));
          }
          break;
        }
        default:
          field.codes.data_ptr<int32_t>()[row] = field.values.find_or_add(named(text_at(cells, r)));
      }
    }
    if (field.type == FieldType::kTags) {
      field.bags = csr_from_coordinates(rows, field.values.size(), bags.rows, bags.columns, bags.values, Repeats::kMax);
    }
    if (joined != dataset.fields.end()) {
      join_rows(field, *joined);
      continue;
    }
    if (field.type == FieldType::kNumber) {
      drop_outliers(field, clean.outlier_z, ids, quality);
    }
    dataset.fields.push_back(std::move(field));
  }
}

void add_tie_fields(const std::vector<SourceTable>& tables, Dataset& dataset) {
  std::map<std::string, std::vector<int32_t>, std::less<>> items_of_entity;
  const SourceTable* linker = nullptr;
  for (const SourceTable& source : tables) {
    if (source.table == nullptr || source.config->kind != SourceKind::kLinks) {
      continue;
    }
    const arrow::Array* const entity = column_of(*source.table, "entity");
    if (entity != nullptr) {
      linker = &source;
      const arrow::Array* const item = column_of(*source.table, "item");
      for (int64_t r = 0; r < entity->length(); ++r) {
        if (const auto row = dataset.items.find(text_at(item, r))) {
          items_of_entity[std::string(text_at(entity, r))].push_back(*row);
        }
      }
    }
  }
  for (const SourceTable& source : tables) {
    if (source.table == nullptr) {
      continue;
    }
    const arrow::Table& table = *source.table;
    const arrow::Array* const other = column_of(table, "other");
    const arrow::Array* const head = column_of(table, "head");
    const bool social = source.config->kind == SourceKind::kSocial;
    if ((social || source.config->kind == SourceKind::kLinks) && other != nullptr) {
      const Vocabulary& ids = social ? dataset.users : dataset.items;
      const arrow::Array* const one = column_of(table, social ? "user" : "item");
      Field field = new_field(*source.config, social ? "friends" : "links", social ? Side::kUser : Side::kItem,
                              social ? FieldType::kSocial : FieldType::kLinks);
      field.num_rows = ids.size();
      field.target = social ? Field::Target::kUsers : Field::Target::kItems;
      BagRows bags;
      for (int64_t r = 0; r < other->length(); ++r) {
        const double weight = number_at(column_of(table, "weight"), r).value_or(1);
        const auto from = ids.find(text_at(one, r));
        const auto to = ids.find(text_at(other, r));
        if (from && to) {
          bags.add(*from, *to, static_cast<float>(weight));
        }
      }
      const auto joined = std::ranges::find_if(dataset.fields, [&](const Field& known) {
        return source.config->live && known.type == FieldType::kSocial && known.source == field.source;
      });
      if (joined != dataset.fields.end()) {
        for (int32_t r = 0; r < joined->num_rows; ++r) {
          for (size_t i = 0; i < joined->bags.row(r).size(); ++i) {
            bags.add(r, joined->bags.row(r)[i], joined->bags.row_values(r)[i]);
          }
        }
      }
      field.bags = csr_from_coordinates(ids.size(), ids.size(), bags.rows, bags.columns, bags.values, Repeats::kMax);
      if (joined != dataset.fields.end()) {
        joined->bags = field.bags;
        continue;
      }
      dataset.fields.push_back(std::move(field));
    }
    if (source.config->kind == SourceKind::kLinks && head != nullptr && linker != nullptr) {
      Field field = new_field(*source.config, "entities", Side::kItem, FieldType::kLinks);
      field.num_rows = dataset.items.size();
      const arrow::Array* const relation = column_of(table, "relation");
      const arrow::Array* const tail = column_of(table, "tail");
      BagRows bags;
      const auto add = [&](std::string_view from, const std::string& value) {
        if (const auto found = items_of_entity.find(from); found != items_of_entity.end()) {
          for (const int32_t item : found->second) {
            bags.add(item, field.values.find_or_add(value));
          }
        }
      };
      for (int64_t r = 0; r < head->length(); ++r) {
        const std::string name(text_at(relation, r));
        add(text_at(head, r), fmt::format("{}|{}", name, text_at(tail, r)));
        add(text_at(tail, r), fmt::format("~{}|{}", name, text_at(head, r)));
      }
      field.bags = csr_from_coordinates(field.num_rows, field.values.size(), bags.rows, bags.columns, bags.values,
                                        Repeats::kMax);
      dataset.fields.push_back(std::move(field));
    }
  }
}

void add_assigned_tags(const SourceTable& source, const ValueNames& names, Dataset& dataset) {
  const auto own = names.find(source.config->name + ".tag");
  const auto found_names = own != names.end() ? own : names.find("");
  const arrow::Array* const user = column_of(*source.table, "user");
  const arrow::Array* const item = column_of(*source.table, "item");
  const arrow::Array* const tag = column_of(*source.table, "tag");
  Field field = new_field(*source.config, "tag", Side::kItem, FieldType::kTags);
  field.num_rows = dataset.items.size();
  std::vector<int32_t> users, items, values;
  for (int64_t r = 0; r < tag->length(); ++r) {
    const auto user_row = dataset.users.find(text_at(user, r));
    const auto item_row = dataset.items.find(text_at(item, r));
    if (!user_row || !item_row) {
      continue;
    }
    users.push_back(*user_row);
    items.push_back(*item_row);
    values.push_back(field.values.find_or_add(
        found_names == names.end() ? text_at(tag, r) : name_of(found_names->second, text_at(tag, r))));
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
      const bool called_so = field.name == "title" || field.name == "name" || field.name == "movie_title";
      if (chosen == nullptr || (called_so && !by_name)) {
        chosen = &field;
        by_name = called_so;
      }
    }
  }
  for (size_t i = 0; chosen != nullptr && i < chosen->texts.size(); ++i) {
    dataset.titles[i] = chosen->texts[i].empty() ? dataset.titles[i] : chosen->texts[i];
  }
}

}  // namespace haina
