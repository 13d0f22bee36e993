#include "config/ranking_metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "base/suggest.h"

namespace haina {
namespace {

// log2(rank + 2); small ranks come from a table, because the ranker computes DCG in its inner loop.
double log2_of_place(int64_t rank) {
  static const std::array<double, 1024> table = [] {
    std::array<double, 1024> logs{};
    for (size_t r = 0; r < logs.size(); ++r) {
      logs[r] = std::log2(static_cast<double>(r) + 2);
    }
    return logs;
  }();
  return rank < std::ssize(table) ? table[static_cast<size_t>(rank)] : std::log2(static_cast<double>(rank) + 2);
}

double num_hits(const ListHits& list) { return static_cast<double>(list.hits.size()); }

double precision(const ListHits& list, int64_t cutoff) { return num_hits(list) / static_cast<double>(cutoff); }

double recall(const ListHits& list, int64_t) { return num_hits(list) / static_cast<double>(list.num_relevant); }

double f1(const ListHits& list, int64_t cutoff) {
  const double p = precision(list, cutoff), r = recall(list, cutoff);
  return list.hits.empty() ? 0 : 2 * p * r / (p + r);
}

double hit_rate(const ListHits& list, int64_t) { return list.hits.empty() ? 0 : 1; }

double ndcg(const ListHits& list, int64_t cutoff) {
  return dcg(list.hits) / (list.gains.empty() ? ideal_dcg(list.num_relevant, cutoff) : ideal_dcg(list.gains, cutoff));
}

double average_precision(const ListHits& list, int64_t cutoff) {
  double sum = 0;
  for (size_t i = 0; i < list.hits.size(); ++i) {
    sum += static_cast<double>(i + 1) / static_cast<double>(list.hits[i].rank + 1);
  }
  return sum / static_cast<double>(std::min(cutoff, list.num_relevant));
}

double reciprocal_rank(const ListHits& list, int64_t) {
  return list.hits.empty() ? 0 : 1 / static_cast<double>(list.hits.front().rank + 1);
}

constexpr RankingMetricEntry kEntries[] = {
    {"precision", "hits over k, also where the list is shorter", precision},
    {"recall", "hits over the number of relevant items", recall},
    {"f1", "harmonic mean of precision and recall; 0 without hits", f1},
    {"hr", "hit rate: 1 with any hit, else 0", hit_rate},
    {"ndcg", "DCG over that of min(k, relevant) hits at the top", ndcg},
    {"map", "sum of the precision at each hit, over min(k, relevant)", average_precision},
    {"mrr", "1 over the rank of the first hit, ranks from 1; 0 without hits", reciprocal_rank},
};

}  // namespace

double dcg(std::span<const Hit> hits) {
  double sum = 0;
  for (const Hit& hit : hits) {
    sum += hit.gain / log2_of_place(hit.rank);
  }
  return sum;
}

double ideal_dcg(std::span<const float> gains, int64_t cutoff) {
  double sum = 0;
  for (int64_t rank = 0; rank < std::min(cutoff, std::ssize(gains)); ++rank) {
    sum += static_cast<double>(gains[static_cast<size_t>(rank)]) / log2_of_place(rank);
  }
  return sum;
}

double ideal_dcg(int64_t num_relevant, int64_t cutoff) {
  double sum = 0;
  for (int64_t rank = 0; rank < std::min(cutoff, num_relevant); ++rank) {
    sum += 1 / log2_of_place(rank);
  }
  return sum;
}

std::span<const RankingMetricEntry> ranking_metric_entries() { return kEntries; }

Result<const RankingMetricEntry*> find_ranking_metric(const std::string& name, const std::string& where) {
  std::vector<std::string> known;
  for (const RankingMetricEntry& entry : kEntries) {
    if (entry.name == name) {
      return &entry;
    }
    known.emplace_back(entry.name);
  }
  return fail({ErrorCode::kInvalidArgument, "unknown metric '" + name + "'", where,
               did_you_mean(name, known) + ", each with a cut-off: \"ndcg@10\""});
}

}  // namespace haina
