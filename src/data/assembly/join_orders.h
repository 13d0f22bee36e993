// Events that name an order alone get the order's user and time.
#pragma once

#include <vector>

#include "base/error.h"
#include "data/assembly/assemble.h"

namespace haina {

// For each source with `join`: adds the columns user, time, action, value and weight that its table lacks, by the id of
// the order. Rows of unknown orders are dropped and counted; of an order with several rows the first is used. The
// tables of orders then leave `tables`. kInvalidArgument where the source that `join` names does not exist or lacks the
// roles.
Status join_orders(std::vector<SourceTable>& tables, QualityReport& quality);

}  // namespace haina
