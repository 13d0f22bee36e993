// Fields of items and users: the columns of their tables, and those columns of an event log that describe the item or
// the user of the row.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "data/inference/doubt.h"
#include "data/inference/infer_schema.h"
#include "data/inference/table_profile.h"
#include "data/inference/table_roles.h"

namespace haina {

// Says that these columns are not used, in one doubt.
void add_unused(const TableProfile& table, const std::vector<size_t>& columns, InferredFile& file);

// Adds the columns without a role to a table of items or users, each with its type.
void add_fields(const TableProfile& table, const TableRoles& roles, InferredSource& source, InferredFile& file);

// Sources of kind items and users on the same rows of an event log: columns that the item (or the user) decides, or
// that are called so. `items_known`: another file describes the items; then theirs are not used. All other columns are
// doubts.
void add_described_entities(const TableProfile& table, const TableRoles& roles, bool items_known, bool users_known,
                            InferredFile& file);

}  // namespace haina
