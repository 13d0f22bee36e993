// From a ranked list to what the ranking metrics read. The formulas stand in config/ranking_metrics.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "config/metric_spec.h"
#include "config/ranking_metrics.h"

namespace haina {

// The hits of one user's list above the cut-off, best rank first. list: items, best first, -1 where it is short.
// truth: ascending. `hits` is overwritten, so that a loop over users needs no allocation.
void find_hits(std::span<const int32_t> list, std::span<const int32_t> truth, int64_t cutoff, std::vector<Hit>& hits);

// The metric of one user's list; NaN where the truth is empty. The metric must be registered (asserted).
double user_metric(std::span<const int32_t> list, std::span<const int32_t> truth, const MetricSpec& spec);

}  // namespace haina
