// Sources with part = "negatives": pairs of a user and an item that a published split ranks beside the held-out items.
#pragma once

#include <vector>

#include "config/config.h"
#include "data/assembly/assemble.h"
#include "data/cleaning/quality_report.h"
#include "data/dataset.h"

namespace haina {

// Fills dataset.negatives, once all other ids are known; the tables are freed. An item that only negatives name is
// added, so that the ranking has as many items as was published, unless [clean] min_item_events is set; a user is not
// added. Both cases are counted. kInvalidArgument where such a source is not of kind "events".
Status build_negatives(const CleanConfig& clean, std::vector<SourceTable>& tables, Dataset& dataset,
                       QualityReport& quality);

}  // namespace haina
