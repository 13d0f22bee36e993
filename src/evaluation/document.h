// The document of an evaluation, schema haina.evaluate/1: --json prints it, the report shows it, scripts compare it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evaluation/compare.h"
#include "evaluation/evaluate.h"

namespace haina {

// protocol.warning where every model ranks the same single item.
inline constexpr char kOneCandidateWarning[] =
    "there is one candidate only: every model ranks it first, the metrics say nothing";

// The same models ranking only candidates that were published with the data, not the whole catalog.
struct SampledEvaluation {
  int64_t fewest = 0, most = 0;  // candidates of one user beside the truth
  int64_t users = 0;             // that have candidates
  std::vector<ModelEvaluation> models = {};
  std::vector<Difference> differences = {};
};

struct EvaluationReport {
  nlohmann::json
      protocol;  // {"dataset", "version", "goal", "metric" (that training chose by), "tested" (days),
                 // "split", "candidates": "full", "users", "items", "actions": [{"action", "done", "expected", …}]}
  std::vector<ModelEvaluation> models;  // [0] is the whole of Haina
  std::vector<Difference> differences;  // of models[0] to each other one
  std::vector<Ablation> ablation;
  std::optional<SampledEvaluation> sampled;
  nlohmann::json seconds;  // {"prepare": 1.2, "train": 300.1, "evaluate": 9.8}
  nlohmann::json quality;  // optional: the data-quality report, haina.quality/1
  nlohmann::json history;  // optional: learning curves, [{"epoch": 1, "loss": 0.67, "val": 0.21}, …]
  // Optional: what some users took last, and their lists: [{"user", "history": ["title", …], "list": [{"item", "title",
  // "taken"}]}]; taken: the item is held out.
  nlohmann::json examples;
  // Optional: {"models": {"ease": 0.4, …}, "item": {"movies.genres": 0.31, …}}, or flat.
  nlohmann::json weights;
};

// {"schema": "haina.evaluate/1", "protocol": {…}, "models": [{"name", "metrics": {"ndcg@10": {"value", "low", "high"}},
// "groups": [{"name", "users", "metrics"}], "seconds"}], "differences": [{"model", "than", "metric", "delta", "low",
// "high", "p", "p_holm"}], "ablation": [{"without", "left_out", "metric", "delta", "low", "high", "p", "p_holm"}],
// "sampled": {"candidates", "fewest", "users", "models", "differences"}, "seconds": {…}, "quality", "history",
// "weights", "examples"}. An undefined metric is left out, as are bounds that do not exist (coverage, gini) and empty
// optional parts: the document never holds NaN.
nlohmann::json make_document(const EvaluationReport& report);

// Aligned tables for a terminal: models x metrics at the main k, differences at it, ablation, groups. Takes any
// document of the schema, also one read from a file; missing parts are not shown.
std::string to_table(const nlohmann::json& document);

// The metric that models are judged by: protocol.metric, by which training chose, where the models have it; else NDCG
// at 10, or at the shortest length where 10 was not measured.
std::string main_metric(const nlohmann::json& document);
// Its cut-off, at which tables and plots show models; 0 without such metrics.
int64_t main_k(const nlohmann::json& document);
// The main metric, then those of `names` (without "@k") at its cut-off that the first model has.
std::vector<std::string> main_metrics(const nlohmann::json& document, std::span<const char* const> names);

// The ranking metrics in the order of a table's columns, without "@k": those of papers first, then all others of
// ranking_metric_entries().
std::vector<std::string> table_metrics();

}  // namespace haina
