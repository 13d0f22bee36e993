#include "evaluation/compare.h"

#include <fmt/format.h>

#include <algorithm>

namespace haina {

std::vector<std::string> compared_metrics(const Csr& truth, std::span<const int64_t> ks, const std::string& chosen) {
  std::vector<int64_t> order(ks.begin(), ks.end());
  if (const auto ten = std::ranges::find(order, 10); ten != order.end()) {
    std::rotate(order.begin(), ten, ten + 1);
  }
  bool single = true;
  for (int64_t u = 0; u < truth.num_rows(); ++u) {
    single = single && truth.row(u).size() <= 1;
  }
  std::vector<std::string> metrics;
  const std::vector<const char*> names =
      single ? std::vector<const char*>{"ndcg", "hr"} : std::vector<const char*>{"ndcg", "recall", "precision"};
  for (const char* const name : names) {
    for (const int64_t k : order) {
      metrics.push_back(fmt::format("{}@{}", name, k));
    }
  }
  if (!chosen.empty()) {
    std::erase(metrics, chosen);
    metrics.insert(metrics.begin(), chosen);
  }
  return metrics;
}

std::vector<Difference> differences_to_first(std::span<const ModelEvaluation> models,
                                             std::span<const std::string> metrics, const ResampleOptions& options) {
  std::vector<Difference> result;
  for (const std::string& metric : metrics) {
    for (size_t m = 1; m < models.size(); ++m) {
      if (models[0].per_user.find(metric) >= 0 && models[m].per_user.find(metric) >= 0) {
        result.push_back(
            {models[0].name, models[m].name, metric,
             paired_difference(models[0].per_user.column(metric), models[m].per_user.column(metric), options)});
      }
    }
  }
  return result;
}

Ablation ablate(const std::string& source, const ModelEvaluation& with, const ModelEvaluation& without,
                const std::string& metric, const ResampleOptions& options) {
  return {source, metric, paired_difference(without.per_user.column(metric), with.per_user.column(metric), options)};
}

}  // namespace haina
