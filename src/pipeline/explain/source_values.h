// What each source is worth: exact Shapley values of NDCG@10 on validation users, by a linear model that is fitted on
// every set of sources.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "base/stop.h"
#include "config/config.h"
#include "data/dataset.h"

namespace haina {

struct SourceValueOptions {
  std::vector<std::string> sources = {};  // fields, files or actions that take part; empty: all
  int64_t most_items = 5000;              // the most popular so many items take part
  const StopFlag* stop = nullptr;
  Progress* progress = nullptr;
};

// {"metric": "ndcg@10", "users": measured, "choosing_users", "items", "of_items", "by_file", "left_out", "setting":
// {"l2", "decay"}, "popularity", "none", "all": {"value", "low", "high"}, "sources": [{"name", "value", "low", "high",
// "share", "weight"}], "sets": [{"sources", "value"}], "fits", "seconds", "cpu_seconds"}.
//
// "none" has the events of the goal alone, "all" every source; the values of the sources sum to their difference, and
// share is the part of it. Settings are chosen on half of the validation users and values measured on the other half;
// the test part is not read. Intervals: of the mean over users, by a bootstrap that draws the same users for all
// sources. A source whose chosen weight is 0 has the value 0. "share" is left out where all sources together add
// nothing. Fails as find_players and LinearGame::make do, and with kInterrupted after a requested stop.
Result<nlohmann::json> measure_source_values(const Dataset& dataset, const Config& config,
                                             const SourceValueOptions& options);

// The same, read from OUTPUT_FOLDER/explain/ where the same was measured before of the same dataset, and else kept
// there. "cached" says which.
Result<nlohmann::json> cached_source_values(const Dataset& dataset, const Config& config,
                                            const SourceValueOptions& options);

}  // namespace haina
