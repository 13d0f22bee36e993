// How good ranked lists and predicted probabilities are. Each user's list is compared with that user's truth; all sums
// are in double.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/csr.h"
#include "kernels/topk.h"

namespace haina {

// Users with fewer events in their history, and items with fewer events in training, are cold.
inline constexpr int64_t kColdEvents = 5;

// A row per user, a column per metric. NaN: the metric is not defined for that user (no relevant item).
struct UserMetrics {
  std::vector<std::string> names;  // "ndcg@10"
  at::Tensor values;               // float64 [users, names.size()] contiguous

  int64_t num_users() const { return values.defined() ? values.size(0) : 0; }
  // The column of that name; -1 if there is none.
  int64_t find(const std::string& name) const;
  // float64 [users]; the name must exist (asserted).
  at::Tensor column(const std::string& name) const;
};

// Every metric of ranking_metric_entries() at each k, in the order of ks. Relevance is binary: an item is in the truth
// or not. lists.items: int32 [users, K]; K may be below k (short lists). truth: [users, items]. Cost: users x K x log
// |truth|, parallel over users.
UserMetrics ranking_metrics(const RankedLists& lists, const Csr& truth, std::span<const int64_t> ks);

// Properties of lists beyond accuracy, a row per user:
//   novelty@k: mean of -log2(share of all events); an item without events counts as one event.
//   serendipity@k: hits outside the k most popular items, over k.
//   cold_exposure@k: the share of places held by items with fewer than kColdEvents events; new_exposure@k: without any.
//   diversity@k: 1 - mean cosine over all pairs; 0 for lists of one item. Only if item_vectors is defined.
// item_counts: float32 [items], training events of each item. item_vectors: float32 [items, d].
UserMetrics beyond_accuracy(const RankedLists& lists, const Csr& truth, std::span<const int64_t> ks,
                            const at::Tensor& item_counts, const at::Tensor& item_vectors);

// The share of the catalog that appears in at least one list cut at k.
double coverage(const RankedLists& lists, int64_t num_items, int64_t k);
// Gini coefficient of how often each item appears in the lists cut at k. 0: all items equally often; towards 1: a few
// items take all places.
double gini(const RankedLists& lists, int64_t num_items, int64_t k);

// The probability that a relevant item scores above an irrelevant one, ties counted half, over all items of a row
// except the excluded ones. NaN if there is no item of either kind. relevant, excluded: ascending; an item in both is
// excluded. O(items log relevant).
double auc_of_row(std::span<const float> scores, std::span<const int32_t> relevant, std::span<const int32_t> excluded);

// Metrics of (label, probability) pairs. A label above 0 counts as 1.
struct PointMetrics {
  double auc = 0;       // NaN if only one label occurs
  double log_loss = 0;  // natural logarithm; probabilities are kept 1e-15 away from 0 and 1
  double accuracy = 0;  // at `threshold`
  double f1 = 0;        // of label 1 at `threshold`; 0 without true positives
  // Mean |share of label 1 - mean probability| over ten equal bins of probability, weighted by the rows of each bin.
  double calibration_error = 0;
};
PointMetrics point_metrics(std::span<const float> labels, std::span<const float> probabilities, double threshold = 0.5);
// AUC of each group (such as a user's impressions), averaged with the group's rows as weights. Groups with only one
// label do not count.
double grouped_auc(std::span<const int32_t> groups, std::span<const float> labels,
                   std::span<const float> probabilities);

}  // namespace haina
