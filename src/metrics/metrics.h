// How good ranked lists and probabilities are. Everything is summed in double; lists are compared with the truth of
// each user by themselves.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/csr.h"
#include "kernels/topk.h"

namespace haina {

// One row a user, one column a metric. NaN: not defined for that user (nothing relevant).
struct UserMetrics {
  std::vector<std::string> names;  // "ndcg@10"
  at::Tensor values;               // float64 [users, names.size()] contiguous

  int64_t num_users() const { return values.defined() ? values.size(0) : 0; }
  // Column of that name, -1 where there is none.
  int64_t find(const std::string& name) const;
  // float64 [users]; the name must exist (asserted).
  at::Tensor column(const std::string& name) const;
};

// precision, recall, f1, hr, ndcg, map and mrr at each k, in the order of ks. Relevance is binary: an item stands in
// the truth or does not.
//   precision: hits / k, also where the list is shorter        recall: hits / |truth|         f1: their harmonic mean,
//   0 without hits hr: 1 with any hit     ndcg: DCG (1 / log2(rank + 1)) over that of min(k, |truth|) hits at the top
//   map: mean over min(k, |truth|) of the precision at each hit       mrr: 1 / rank of the first hit
// lists.items int32 [users, K]: K may be below k (short lists). truth [users, items]. Cost: users x K x log |truth|,
// parallel over users.
UserMetrics ranking_metrics(const RankedLists& lists, const Csr& truth, std::span<const int64_t> ks);

// What lists are like, whoever is right, a row a user: novelty@k, mean of -log2(share of all events), an item without
// events counting as one event; serendipity@k, hits outside the k most popular items, over k; diversity@k, 1 - mean
// cosine of all pairs (0 for lists of one item; only where item_vectors float32 [items, d] is defined). item_counts:
// float32 [items], events in training.
UserMetrics beyond_accuracy(const RankedLists& lists, const Csr& truth, std::span<const int64_t> ks,
                            const at::Tensor& item_counts, const at::Tensor& item_vectors);

// Share of the catalogue that stands in at least one of the lists cut at k.
double coverage(const RankedLists& lists, int64_t num_items, int64_t k);
// Gini coefficient of how often each item of the catalogue is shown in the lists cut at k: 0 all alike, towards 1 few
// items take all.
double gini(const RankedLists& lists, int64_t num_items, int64_t k);

// Probability that a relevant item scores above an irrelevant one, ties half, over a row of all items but the excluded
// ones. NaN without either kind. relevant, excluded: ascending; an item in both is excluded. O(items log relevant).
double auc_of_row(std::span<const float> scores, std::span<const int32_t> relevant, std::span<const int32_t> excluded);

// Of (label, probability) pairs: labels 0 or 1 (anything above 0 is 1).
struct PointMetrics {
  double auc = 0;       // NaN where only one label occurs
  double log_loss = 0;  // natural logarithm; probabilities are kept 1e-15 away from 0 and 1
  double accuracy = 0;  // at `threshold`
  double f1 = 0;        // of label 1 at `threshold`; 0 where nothing is hit
  double calibration_error =
      0;  // mean |share of label 1 - mean probability| over ten equal bins of probability, weighted by their rows
};
PointMetrics point_metrics(std::span<const float> labels, std::span<const float> probabilities, double threshold = 0.5);
// AUC of each group by itself (a user's impressions), averaged with the group's rows as weight; groups with one label
// only do not count.
double grouped_auc(std::span<const int32_t> groups, std::span<const float> labels,
                   std::span<const float> probabilities);

}  // namespace haina
