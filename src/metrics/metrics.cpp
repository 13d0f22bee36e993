// Checked against hand-computed lists (tests/metrics) and against ranx and scikit-learn on real ones (tests/oracle).
#include "metrics/metrics.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <string_view>

#include "base/error.h"
#include "config/ranking_metrics.h"
#include "metrics/list_hits.h"

namespace haina {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kUsersAChunk = 64;

bool contains(std::span<const int32_t> ascending, int32_t value) {
  return std::binary_search(ascending.begin(), ascending.end(), value);
}

std::vector<std::string> names_at(std::span<const std::string_view> metrics, std::span<const int64_t> ks) {
  std::vector<std::string> names;
  for (const int64_t k : ks) {
    for (const std::string_view metric : metrics) {
      names.push_back(fmt::format("{}@{}", metric, k));
    }
  }
  return names;
}

// AUC by rank sums: pairs are sorted by probability, and ties share their mean rank. order: the rows to compare; it is
// sorted in place.
double auc_of_pairs(std::span<const float> labels, std::span<const float> probabilities, std::vector<int64_t>& order) {
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return probabilities[a] < probabilities[b]; });
  double positive = 0, rank_sum = 0;
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    double positive_tied = 0;
    for (; end < order.size() && probabilities[order[end]] == probabilities[order[begin]]; ++end) {
      positive_tied += labels[order[end]] > 0 ? 1 : 0;
    }
    rank_sum += positive_tied * (static_cast<double>(begin + end + 1) / 2);  // ranks begin + 1 .. end, 1-based
    positive += positive_tied;
    begin = end;
  }
  const double negative = static_cast<double>(order.size()) - positive;
  return positive > 0 && negative > 0 ? (rank_sum - positive * (positive + 1) / 2) / (positive * negative) : kUndefined;
}

// How often each item is shown in the lists cut at k.
std::vector<int64_t> exposure(const RankedLists& lists, int64_t num_items, int64_t k) {
  std::vector<int64_t> shown(static_cast<size_t>(num_items), 0);
  const at::Tensor items = lists.items.contiguous();
  const int64_t width = items.size(1);
  const int32_t* p = items.const_data_ptr<int32_t>();
  for (int64_t u = 0; u < items.size(0); ++u) {
    for (int64_t i = 0; i < std::min(k, width); ++i) {
      if (const int32_t item = p[u * width + i]; item >= 0) {
        ++shown[static_cast<size_t>(item)];
      }
    }
  }
  return shown;
}

}  // namespace

int64_t UserMetrics::find(const std::string& name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : found - names.begin();
}

at::Tensor UserMetrics::column(const std::string& name) const {
  const int64_t index = find(name);
  HAINA_ASSERT(index >= 0);
  return values.select(1, index).contiguous();
}

UserMetrics ranking_metrics(const RankedLists& lists, const Csr& truth, std::span<const int64_t> ks) {
  HAINA_ASSERT(lists.items.dim() == 2 && lists.items.size(0) == truth.num_rows());
  const std::span<const RankingMetricEntry> entries = ranking_metric_entries();
  std::vector<std::string_view> metrics;
  for (const RankingMetricEntry& entry : entries) {
    metrics.push_back(entry.name);
  }
  const at::Tensor items = lists.items.contiguous();
  const int64_t users = items.size(0), width = items.size(1), columns = std::ssize(entries) * std::ssize(ks);
  UserMetrics result{names_at(metrics, ks), at::empty({users, columns}, at::kDouble)};
  const int32_t* const shown = items.const_data_ptr<int32_t>();
  double* const out = result.values.data_ptr<double>();
  at::parallel_for(0, users, kUsersAChunk, [&](int64_t begin, int64_t end) {
    std::vector<Hit> hits;
    for (int64_t u = begin; u < end; ++u) {
      const std::span<const int32_t> relevant = truth.row(u);
      double* cell = out + u * columns;
      if (relevant.empty()) {
        std::fill_n(cell, columns, kUndefined);
        continue;
      }
      for (const int64_t k : ks) {
        find_hits({shown + u * width, static_cast<size_t>(width)}, relevant, k, hits);
        const ListHits list = {.hits = hits, .num_relevant = std::ssize(relevant), .gains = {}};
        for (const RankingMetricEntry& entry : entries) {
          *cell++ = entry.value(list, k);
        }
      }
    }
  });
  return result;
}

UserMetrics beyond_accuracy(const RankedLists& lists, const Csr& truth, std::span<const int64_t> ks,
                            const at::Tensor& item_counts, const at::Tensor& item_vectors) {
  std::vector<std::string_view> metrics = {"novelty", "serendipity", "cold_exposure", "new_exposure"};
  if (item_vectors.defined()) {
    metrics.push_back("diversity");
  }
  const at::Tensor items = lists.items.contiguous();
  const int64_t users = items.size(0), width = items.size(1), columns = std::ssize(metrics) * std::ssize(ks);
  UserMetrics result{names_at(metrics, ks), at::zeros({users, columns}, at::kDouble)};
  const at::Tensor counts = item_counts.to(at::kDouble).contiguous();
  const at::Tensor self_information = -(counts.clamp_min(1) / counts.sum().clamp_min(1)).log2();
  const at::Tensor by_count = counts.argsort(/*stable=*/true, /*dim=*/0, /*descending=*/true);
  std::vector<int64_t> popularity_rank(static_cast<size_t>(counts.numel()));
  for (int64_t r = 0; r < counts.numel(); ++r) {
    popularity_rank[static_cast<size_t>(by_count.const_data_ptr<int64_t>()[r])] = r;
  }
  // The mean cosine over all pairs of n unit vectors is (|sum|² - sum of squares) / (n (n - 1)), which costs n·d
  // instead of n²·d.
  at::Tensor units;
  if (item_vectors.defined()) {
    const at::Tensor vectors = item_vectors.to(at::kDouble);
    units = (vectors / vectors.norm(2, 1, true).clamp_min(1e-12)).contiguous();
  }
  const int64_t d = units.defined() ? units.size(1) : 0;
  const int32_t* const shown_items = items.const_data_ptr<int32_t>();
  const double* const novelty_of = self_information.const_data_ptr<double>();
  const double* const events_of = counts.const_data_ptr<double>();
  const double* const unit_rows = units.defined() ? units.const_data_ptr<double>() : nullptr;
  at::parallel_for(0, users, kUsersAChunk, [&](int64_t begin, int64_t end) {
    std::vector<double> sum(static_cast<size_t>(d));
    for (int64_t u = begin; u < end; ++u) {
      const std::span<const int32_t> relevant = truth.row(u);
      double* cell = result.values.data_ptr<double>() + u * columns;
      for (const int64_t k : ks) {
        double shown = 0, novelty = 0, unexpected = 0, cold = 0, unseen = 0, squares = 0;
        std::fill(sum.begin(), sum.end(), 0);
        for (int64_t i = 0; i < std::min(k, width); ++i) {
          const int32_t item = shown_items[u * width + i];
          if (item < 0) {
            break;
          }
          shown += 1;
          novelty += novelty_of[item];
          cold += events_of[item] < static_cast<double>(kColdEvents) ? 1 : 0;
          unseen += events_of[item] <= 0 ? 1 : 0;
          unexpected += popularity_rank[static_cast<size_t>(item)] >= k && contains(relevant, item) ? 1 : 0;
          for (int64_t j = 0; j < d; ++j) {
            const double x = unit_rows[item * d + j];
            sum[static_cast<size_t>(j)] += x;
            squares += x * x;
          }
        }
        *cell++ = shown > 0 ? novelty / shown : kUndefined;
        *cell++ = unexpected / static_cast<double>(k);
        *cell++ = shown > 0 ? cold / shown : kUndefined;
        *cell++ = shown > 0 ? unseen / shown : kUndefined;
        if (units.defined()) {
          const double length = std::inner_product(sum.begin(), sum.end(), sum.begin(), 0.0);
          *cell++ = shown > 1 ? 1 - (length - squares) / (shown * (shown - 1)) : 0;
        }
      }
    }
  });
  return result;
}

double coverage(const RankedLists& lists, int64_t num_items, int64_t k) {
  const std::vector<int64_t> shown = exposure(lists, num_items, k);
  return num_items == 0
             ? 0
             : static_cast<double>(std::count_if(shown.begin(), shown.end(), [](int64_t n) { return n > 0; })) /
                   static_cast<double>(num_items);
}

double gini(const RankedLists& lists, int64_t num_items, int64_t k) {
  std::vector<int64_t> shown = exposure(lists, num_items, k);
  std::sort(shown.begin(), shown.end());
  double total = 0, ranked = 0;
  for (size_t i = 0; i < shown.size(); ++i) {
    total += static_cast<double>(shown[i]);
    ranked += (2 * static_cast<double>(i + 1) - static_cast<double>(num_items) - 1) * static_cast<double>(shown[i]);
  }
  return total == 0 ? 0 : ranked / (static_cast<double>(num_items) * total);
}

double auc_of_row(std::span<const float> scores, std::span<const int32_t> relevant, std::span<const int32_t> excluded) {
  std::vector<float> positive;
  for (const int32_t item : relevant) {
    if (!contains(excluded, item)) {
      positive.push_back(scores[static_cast<size_t>(item)]);
    }
  }
  std::sort(positive.begin(), positive.end());
  double above = 0;
  int64_t negatives = 0;
  auto next_relevant = relevant.begin();
  auto next_excluded = excluded.begin();
  for (int32_t item = 0; item < std::ssize(scores); ++item) {
    next_relevant = std::find_if(next_relevant, relevant.end(), [&](int32_t other) { return other >= item; });
    next_excluded = std::find_if(next_excluded, excluded.end(), [&](int32_t other) { return other >= item; });
    if ((next_relevant != relevant.end() && *next_relevant == item) ||
        (next_excluded != excluded.end() && *next_excluded == item)) {
      continue;
    }
    ++negatives;
    const auto [first, last] = std::equal_range(positive.begin(), positive.end(), scores[static_cast<size_t>(item)]);
    above += static_cast<double>(positive.end() - last) + 0.5 * static_cast<double>(last - first);
  }
  return positive.empty() || negatives == 0
             ? kUndefined
             : above / (static_cast<double>(positive.size()) * static_cast<double>(negatives));
}

PointMetrics point_metrics(std::span<const float> labels, std::span<const float> probabilities, double threshold) {
  HAINA_ASSERT(labels.size() == probabilities.size());
  constexpr size_t kBins = 10;
  double loss = 0, correct = 0, hits = 0, predicted = 0, positives = 0, surplus[kBins] = {};
  for (size_t i = 0; i < labels.size(); ++i) {
    const bool positive = labels[i] > 0, predicted_positive = probabilities[i] >= threshold;
    const double p = std::clamp<double>(probabilities[i], 1e-15, 1 - 1e-15);
    loss -= positive ? std::log(p) : std::log1p(-p);
    correct += positive == predicted_positive ? 1 : 0;
    hits += positive && predicted_positive ? 1 : 0;
    predicted += predicted_positive ? 1 : 0;
    positives += positive ? 1 : 0;
    surplus[std::min(static_cast<size_t>(p * kBins), kBins - 1)] +=
        (positive ? 1 : 0) - static_cast<double>(probabilities[i]);
  }
  double calibration_error = 0;
  for (const double bin : surplus) {
    calibration_error += std::abs(bin);
  }
  std::vector<int64_t> order(labels.size());
  std::iota(order.begin(), order.end(), 0);
  const auto n = static_cast<double>(labels.size());
  return {.auc = auc_of_pairs(labels, probabilities, order),
          .log_loss = labels.empty() ? kUndefined : loss / n,
          .accuracy = labels.empty() ? kUndefined : correct / n,
          .f1 = hits > 0 ? 2 * hits / (predicted + positives) : 0,
          .calibration_error = labels.empty() ? kUndefined : calibration_error / n};
}

double grouped_auc(std::span<const int32_t> groups, std::span<const float> labels,
                   std::span<const float> probabilities) {
  HAINA_ASSERT(groups.size() == labels.size() && labels.size() == probabilities.size());
  std::vector<int64_t> rows(groups.size());
  std::iota(rows.begin(), rows.end(), 0);
  std::stable_sort(rows.begin(), rows.end(), [&](int64_t a, int64_t b) { return groups[a] < groups[b]; });
  double sum = 0, weight = 0;
  for (auto begin = rows.begin(); begin != rows.end();) {
    const auto end = std::find_if(begin, rows.end(), [&](int64_t row) { return groups[row] != groups[*begin]; });
    std::vector<int64_t> order(begin, end);
    const auto size = static_cast<double>(order.size());
    if (const double auc = auc_of_pairs(labels, probabilities, order); !std::isnan(auc)) {
      sum += size * auc;
      weight += size;
    }
    begin = end;
  }
  return weight > 0 ? sum / weight : kUndefined;
}

}  // namespace haina
