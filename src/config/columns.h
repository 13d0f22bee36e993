// Roles and types that a column of a source can have.
#pragma once

#include <span>
#include <string_view>

namespace haina {

struct ColumnWord {
  std::string_view name;
  std::string_view doc;
};

// Keys of a [[source]]'s columns that say what a column is: columns = { user = "uid", item = "sku" }.
std::span<const ColumnWord> column_roles();
// Types of all other columns, each a field of the item or user: columns = { title = "text", tags = "tags:|" }.
std::span<const ColumnWord> column_types();
// Units of the time column: columns = { time = "timestamp:ms" }.
std::span<const ColumnWord> time_units();

}  // namespace haina
