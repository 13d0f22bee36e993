// Tables whose ids and whose order of rows say nothing: a result that changes with them did not come from the data.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "data/assembly/assemble.h"

namespace haina {

// Renames every id of users and items to 16 random hexadecimal digits, the same in all tables, and puts the rows of
// each table in random order. The rows of one user keep their order where it is that of the events ([[source]] order =
// "rows"). Seed 0 changes nothing. Costs a copy of each table, one at a time.
Status shuffle_tables(uint64_t seed, std::vector<SourceTable>& tables);

}  // namespace haina
