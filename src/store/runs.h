// The runs of a store, read within a transaction; only for the files that implement Store.
#pragma once

#include <soci/soci.h>

#include <string>
#include <vector>

#include "store/store.h"

namespace haina {

// The newest runs, in their order.
std::vector<StoreRun> read_runs(soci::session& sql);

}  // namespace haina
