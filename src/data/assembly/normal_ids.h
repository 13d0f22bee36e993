// One form of ids over all sources, and how well the ids of two sources meet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "data/assembly/assemble.h"

namespace haina {

// Brings the ids of all tables into one form and notes in `quality` how well they meet those of the events:
// - blanks at the ends are cut; "196.0" is "196" in a column whose numbers are all whole;
// - where few ids of a source are in the events and many would be if upper and lower case, leading zeros, or the dashes
//   and brackets of UUIDs did not matter, its ids become those of the events. No two ids of a source become one so.
// Each change and each source's share is said. kBadData if memory is short.
Status make_ids_meet(std::vector<SourceTable>& tables, QualityReport& quality);

}  // namespace haina
