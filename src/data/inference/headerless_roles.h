// Roles of the columns of a file without a header: by the cells, by ids that other files know, and by the file's name.
#pragma once

#include "data/inference/table_roles.h"

namespace haina {

// By the cells alone, whatever the columns are called. Events if two columns of ids repeat, and another one holds
// times, values or actions; users or items if a column is different in every row and another table repeats its ids.
// Else nothing.
TableRoles roles_by_shape(const TableProfile& table, const KnownIds& known, const DoubtAnswers& answers);

TableRoles headerless_roles(const TableProfile& table, const KnownIds& known, const DoubtAnswers& answers);

}  // namespace haina
