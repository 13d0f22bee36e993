// From the tables of all sources of events to the dataset's log.
#pragma once

#include <arrow/api.h>

#include <vector>

#include "config/config.h"
#include "data/assembly/assemble.h"
#include "data/cleaning/quality_report.h"
#include "data/dataset.h"

namespace haina {

// Fills users, items and actions in order of first appearance, events and context: sorted by (user, time, input order)
// and cleaned, each case counted. Tables of events are freed column by column as they are read; tables of assigned tags
// give their ids only and stay. The roles of all sources must have been checked. kInvalidArgument where a goal cannot
// be read, kBadData where no event is left.
Status build_events(const Config& config, std::vector<SourceTable>& tables, Dataset& dataset, QualityReport& quality);

// Whether the rows of a source of events are tags that users assigned.
bool assigns_tags(const SourceTable& source);
// Adds the ids of a column in order of first appearance; a missing column has none.
void add_ids(const arrow::Table& table, const char* role, Vocabulary& ids);

}  // namespace haina
