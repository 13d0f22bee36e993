#include "data/assembly/value_labels.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "data/field_type.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

constexpr const char* kEntity = "entity";

bool has_entities(const ColumnConfig& column) {
  return column.role == "entity" || column.role == "head" || column.role == "tail";
}

bool has_values(const ColumnConfig& column) {
  const std::optional<FieldType> type = column_field_type(column.type);
  return column.role == "tag" || has_entities(column) || (column.role.empty() && type && entry_of(*type).has_values);
}

}  // namespace

Result<ValueLabels> value_labels(const std::vector<SourceTable>& tables) {
  std::vector<std::string> known;
  std::map<std::string, std::string> key_of;  // "source.column" and "source.role" -> key of ValueLabels
  for (const SourceTable& source : tables) {
    for (const ColumnConfig& column : source.config->columns) {
      if (has_values(column)) {
        const std::string key = fmt::format("{}.{}", source.config->name,
                                            has_entities(column)  ? kEntity
                                            : column.role.empty() ? column.column
                                                                  : column.role);
        key_of[key] = key_of[fmt::format("{}.{}", source.config->name, column.column)] = key;
        known.push_back(key);
      }
    }
  }
  ValueLabels all;
  for (const SourceTable& source : tables) {
    if (source.config->kind != SourceKind::kValues) {
      continue;
    }
    const std::string& of = source.config->of;
    if (!of.empty() && !key_of.contains(of)) {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("of = \"{}\" names no column of tags, categories or entities", of), source.config->place,
                   did_you_mean(of, known)});
    }
    const arrow::Array* code = nullptr;
    for (const char* const role : {"tag", "item", "entity"}) {
      code = code == nullptr ? column_of(*source.table, role) : code;
    }
    const arrow::Array* const name = column_of(*source.table, "name");
    CodeLabels& labels = all[of.empty() ? of : key_of[of]];
    for (int64_t r = 0; code != nullptr && name != nullptr && r < code->length(); ++r) {
      labels[std::string(text_at(code, r))] = text_at(name, r);
    }
  }
  return all;
}

std::string_view label_of(const CodeLabels* labels, std::string_view code) {
  if (labels == nullptr) {
    return code;
  }
  const auto found = labels->find(code);
  return found == labels->end() ? code : std::string_view(found->second);
}

}  // namespace haina
