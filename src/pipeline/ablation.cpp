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

// Sources with features of that side, without those that are switched off.
std::set<std::string> sources_of(const Dataset& dataset, Side side, const std::set<std::string>& excluded) {
  std::set<std::string> sources;
  for (const Field& field : dataset.fields) {
    if (field.side == side && encoder_for(field) != nullptr && !excluded.contains(field.source)) {
      sources.insert(field.source);
    }
  }
  return sources;
}

}  // namespace

std::vector<LeftOut> ablation_cases(const Dataset& dataset, const TrainConfig& config) {
  const std::set<std::string> excluded(config.exclude.begin(), config.exclude.end());
  const std::set<std::string> of_items = sources_of(dataset, Side::kItem, excluded);
  const std::set<std::string> of_users = sources_of(dataset, Side::kUser, excluded);
  std::set<std::string> sources = of_items;
  sources.insert(of_users.begin(), of_users.end());
  std::vector<LeftOut> cases;
  for (const std::string& source : sources) {
    cases.push_back({source, {source}});
  }
  if (of_items.size() > 1) {
    cases.push_back({"all content of items", {of_items.begin(), of_items.end()}});
  }
  if (of_users.size() > 1 && of_users != of_items) {
    cases.push_back({"all content of users", {of_users.begin(), of_users.end()}});
  }
  const std::vector<std::string> actions = other_actions(dataset);
  const auto is_left = [&](const std::string& action) { return !excluded.contains(action); };
  for (const std::string& action : actions) {
    if (!sources.contains(action) && is_left(action)) {
      cases.push_back({action, {action}});
    }
  }
  if (actions.size() > 1 && std::ranges::all_of(actions, is_left)) {
    cases.push_back({fmt::format("{}", fmt::join(actions, ", ")), actions});
  }
  return cases;
}

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
    rows.back().left_out = left_out;
  }
  return rows;
}

}  // namespace haina
