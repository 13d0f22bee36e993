// Two models on the same held-out users: paired differences with intervals, and what leaving a source out changes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "evaluation/evaluate.h"
#include "kernels/csr.h"
#include "metrics/intervals.h"

namespace haina {

// The metrics by which models are compared: the one that training chose by, then NDCG at 10 (or at the first k where 10
// is not among them), then NDCG at the other k, then at each k the hit rate where no user has more than one held-out
// item, else recall and precision. chosen: "recall@20"; empty: none.
std::vector<std::string> compared_metrics(const Csr& truth, std::span<const int64_t> ks,
                                          const std::string& chosen = {});

// What `model` gains over `than`: the mean over users of model - than.
struct Difference {
  std::string model, than, metric;
  PairedDifference paired;
};
// models[0] against each other one. A metric that either lacks is left out.
std::vector<Difference> differences_to_first(std::span<const ModelEvaluation> models,
                                             std::span<const std::string> metrics, const ResampleOptions& options = {});

// How a metric changes when a source, or several together, are left out of training: the mean over users of without -
// with. Below 0, the source helps.
struct Ablation {
  std::string without, metric;
  PairedDifference paired;
  std::vector<std::string> left_out = {};  // sources or actions, where these are several
};
Ablation ablate(const std::string& source, const ModelEvaluation& with, const ModelEvaluation& without,
                const std::string& metric, const ResampleOptions& options = {});

}  // namespace haina
