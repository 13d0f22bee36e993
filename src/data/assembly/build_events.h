// From the tables of all sources of events to the dataset's one log.
#pragma once

#include <vector>

#include "data/assembly/assemble.h"

namespace haina {

// Fills users, items and actions (in order of first appearance), events and context: sorted by (user, time, input
// order) and cleaned, every case counted. Tables of events go column by column as they are read, but for those of tags
// that users gave. Needs the roles of every source checked. kInvalidArgument where a goal cannot be read, kBadData
// where no event is left.
Status gather_events(const Config& config, std::vector<SourceTable>& tables, Dataset& dataset, QualityReport& quality);

// The pairs of sources whose part is "negatives", once all other ids are known; their tables go. An item that only they
// name is added, else fewer items would be ranked than were published, unless a core is asked for; a user is not. What
// is so added or dropped is counted. kInvalidArgument where such a source is of another kind than events.
Status gather_negatives(const CleanConfig& clean, std::vector<SourceTable>& tables, Dataset& dataset,
                        QualityReport& quality);

// The ids of a column that were not known yet, as they first appear; a missing column has none.
void add_ids(const arrow::Table& table, const char* role, Vocabulary& ids);

}  // namespace haina
