// From the tables of all sources to one dataset: shared ids, sorted and deduplicated events, fields aligned with users and items.
#pragma once

#include <arrow/api.h>

#include <memory>
#include <vector>

#include "data/config.h"
#include "data/dataset.h"
#include "data/quality.h"

namespace haina {

struct SourceTable {
  const SourceConfig* config = nullptr;
  std::shared_ptr<arrow::Table> table;  // as read_source gives it
};

// Ids in order of first appearance, those of events first. Events sorted by (user, time, input order); exact repeats of (user, item, action, time)
// and impossible times are counted and dropped. kInvalidArgument where a goal cannot be read, kBadData without any event.
Result<Dataset> assemble(const Config& config, const std::vector<SourceTable>& tables, QualityReport& quality);

}  // namespace haina
