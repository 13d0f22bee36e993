// Rows whose id is a word for a missing value: "NULL", "nan".
#pragma once

#include <vector>

#include "base/error.h"
#include "data/assembly/assemble.h"
#include "data/cleaning/quality_report.h"

namespace haina {

// Drops them from every source but tables of items and users, and counts them. An id that such a table has is real,
// whatever it is called.
Status drop_missing_ids(std::vector<SourceTable>& tables, QualityReport& quality);

}  // namespace haina
