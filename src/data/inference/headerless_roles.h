// Roles of the columns of a file without a header: by the cells, by ids that other files know, and by the file's name.
#pragma once

#include "data/inference/table_roles.h"

namespace haina {

// Events by the cells alone, whatever the columns are called: nothing unless two columns of ids repeat, and another one
// holds times, values or actions.
TableRoles roles_by_shape(const TableProfile& table, const KnownIds& known, const DoubtAnswers& answers);

TableRoles headerless_roles(const TableProfile& table, const KnownIds& known, const DoubtAnswers& answers);

}  // namespace haina
