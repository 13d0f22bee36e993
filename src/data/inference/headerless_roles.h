// Roles of the columns of a file without a header: by the cells, by ids that other files know, and by the file's name.
#pragma once

#include "data/inference/table_roles.h"

namespace haina {

TableRoles headerless_roles(const TableProfile& table, const KnownIds& known, const DoubtAnswers& answers);

}  // namespace haina
