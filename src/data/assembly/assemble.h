// From the tables of all sources to one dataset: shared ids, sorted and deduplicated events, fields aligned with users
// and items.
#pragma once

#include <arrow/api.h>

#include <memory>
#include <vector>

#include "config/config.h"
#include "data/dataset.h"
#include "data/cleaning/quality_report.h"

namespace haina {

struct SourceTable {
  const SourceConfig* config = nullptr;
  std::shared_ptr<arrow::Table> table;  // as read_source gives it
};

// Ids in order of first appearance, those of events first. Events sorted by (user, time, input order); exact repeats of
// (user, item, action, time) and impossible times are counted and dropped. Tables go as soon as they are read.
// kInvalidArgument where a goal cannot be read or a source lacks a column it must have, kBadData without any event.
Result<Dataset> assemble(const Config& config, std::vector<SourceTable> tables, QualityReport& quality);

}  // namespace haina
