// Roles and types that a column of a source can have.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/config.h"

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

// Of a column with the role value: the numbers that stand for "no value", -1 and 99 in "rating:none=-1,99".
std::vector<double> no_values(const ColumnConfig& column);
// In tables of items and users only user, item and name are roles. A key such as "weight" names a field there.
Status fields_named_like_roles(SourceConfig& source);

}  // namespace haina
