// From the tables of all sources to one dataset: shared ids, sorted and deduplicated events, fields aligned with users
// and items.
#pragma once

#include <arrow/api.h>

#include <memory>
#include <vector>

#include "config/config.h"
#include "data/cleaning/quality_report.h"
#include "data/dataset.h"

namespace haina {

struct SourceTable {
  const SourceConfig* config = nullptr;
  std::shared_ptr<arrow::Table> table;  // as read_source gives it
};

// Ids are in order of first appearance, those of events first; events are sorted by (user, time, input order). What
// cleaning drops or changes is counted in `quality`. Each table is freed once it is read. kInvalidArgument where a goal
// cannot be read or a source lacks a column that its kind needs, kBadData where no event is left.
Result<Dataset> assemble(const Config& config, std::vector<SourceTable> tables, QualityReport& quality);

}  // namespace haina
