// The ranking metrics, one entry each: a report shows all of them, and [train] metric names the one that training
// chooses by. A metric is a formula over the ranks of one user's relevant items, so it needs no tensors and the
// configuration can name it. Adding one touches ranking_metrics.cpp alone; see docs/add-a-metric.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace haina {

// A relevant item that stands in a list.
struct Hit {
  int64_t rank = 0;  // from 0
  double gain = 1;   // what finding it is worth; NDCG alone looks at it
};

// One user's list as a metric sees it.
struct ListHits {
  std::span<const Hit> hits;     // the hits above the cut-off, best rank first
  int64_t num_relevant = 0;      // relevant items, in the list or not; > 0
  std::span<const float> gains;  // of the relevant items, descending; empty: 1 each
};

struct RankingMetricEntry {
  std::string_view name;  // as in "ndcg@10"
  std::string_view doc;   // one line: what it measures
  double (*value)(const ListHits& list, int64_t cutoff);
};

// All entries, in the order of a report's columns.
std::span<const RankingMetricEntry> ranking_metric_entries();
// kInvalidArgument at `where`, with "did you mean", for an unknown name.
Result<const RankingMetricEntry*> find_ranking_metric(const std::string& name, const std::string& where);

// Discounted cumulative gain (Järvelin and Kekäläinen 2002): sum of gain / log2(rank + 2), ranks from 0, in the given
// order.
double dcg(std::span<const Hit> hits);
// The largest DCG that a list of `cutoff` items can have. gains: of the relevant items, descending.
double ideal_dcg(std::span<const float> gains, int64_t cutoff);
// The same for `num_relevant` items of gain 1.
double ideal_dcg(int64_t num_relevant, int64_t cutoff);

}  // namespace haina
