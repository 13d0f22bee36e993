#include "pipeline/ablation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "encoders/encoder.h"
#include "pipeline/train.h"

namespace haina {
namespace {

// A name for the report, and the sources or actions that are left out together.
using LeftOut = std::pair<std::string, std::vector<std::string>>;

std::vector<LeftOut> ablation_cases(const Dataset& dataset, const TrainConfig& config) {
  std::set<std::string> sources;
  for (const Field& field : dataset.fields) {
    if (encoder_for(field) != nullptr) {
      sources.insert(field.source);
    }
  }
  std::vector<LeftOut> cases;
  for (const std::string& source : sources) {
    cases.push_back({source, {source}});
  }
  const std::vector<std::string> actions = other_actions(dataset);
  for (const std::string& action : actions) {
    if (!sources.contains(action)) {
      cases.push_back({action, {action}});
    }
  }
  if (actions.size() > 1) {
    cases.push_back({fmt::format("{}", fmt::join(actions, ", ")), actions});
  }
  const std::set<std::string> excluded(config.exclude.begin(), config.exclude.end());
  std::erase_if(cases, [&](const LeftOut& one) {
    return std::ranges::any_of(one.second, [&](const std::string& name) { return excluded.contains(name); });
  });
  return cases;
}

}  // namespace

Result<std::vector<Ablation>> measure_ablation(const Dataset& dataset, const Config& config, const Split& split,
                                               const Model& model, const HeldOut& test, const ModelEvaluation& with,
                                               const std::string& metric, const EvaluateOptions& options) {
  Progress& progress = options.progress != nullptr ? *options.progress : no_progress();
  std::map<std::string, nlohmann::json> settled;
  for (const NamedExpert& expert : model.experts) {
    settled[expert.name] = expert.params;
  }
  EvaluateOptions how = options;
  how.item_vectors = at::Tensor();  // those of the model with all sources
  how.progress = nullptr;
  std::vector<Ablation> rows;
  for (const auto& [name, left_out] : ablation_cases(dataset, config.train)) {
    progress.line("train without " + name);
    Config reduced = config;
    reduced.train.exclude.insert(reduced.train.exclude.end(), left_out.begin(), left_out.end());
    HAINA_TRY(const Model other, train_model(dataset, reduced, split, {.stop = options.stop, .settled = settled}));
    HAINA_TRY(
        const ModelEvaluation without,
        evaluate_model(
            "haina without " + name, [&](std::span<const UserState> users) { return other.score(users); }, test, how));
    rows.push_back(ablate(name, with, without, metric));
  }
  return rows;
}

}  // namespace haina
