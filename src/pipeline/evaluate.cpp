#include "pipeline/evaluate.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <set>

#include "encoders/encoder.h"
#include "evaluation/document.h"
#include "evaluation/evaluate.h"
#include "pipeline/pointwise.h"
#include "pipeline/train.h"

namespace haina {
namespace {

using Clock = std::chrono::steady_clock;

// Mean weight of each of the network's item sources over the items that have any.
nlohmann::json source_weights(const Model& model) {
  nlohmann::json weights = nlohmann::json::object();
  if (model.network) {
    const at::Tensor mean = model.network->item_source_weights().mean(0).contiguous();
    const std::vector<std::string> names = model.network->item_sources();
    for (size_t s = 0; s < names.size(); ++s) {
      weights[names[s]] = mean.const_data_ptr<float>()[s];
    }
  }
  return weights;
}

}  // namespace

Result<nlohmann::json> run_evaluate(const Dataset& dataset, const Config& config, const Model& model,
                                    const EvaluationOptions& options) {
  const auto started = Clock::now();
  HAINA_TRY(const Split split, make_split(dataset, config.split));
  const HeldOut test = held_out(dataset, split, Stage::kTest);
  if (test.users.empty()) {
    return fail({ErrorCode::kBadData, "the test part holds no goal event of any user", config.split.place,
                 "raise [split] test"});
  }
  Progress& progress = options.progress != nullptr ? *options.progress : no_progress();
  EvaluateOptions how;
  how.ks = options.ks;
  how.item_counts = known_events(dataset, split, Stage::kTest).item_counts(0);
  how.stop = options.stop;
  if (model.network) {
    how.item_vectors = model.network->item_vectors();
  }

  EvaluationReport report;
  report.protocol = {{"dataset", dataset.name},
                     {"split", config.split.by},
                     {"candidates", "full"},
                     {"users", test.users.size()},
                     {"items", dataset.items.size()},
                     {"without", model.about.value("without", nlohmann::json::array())},
                     {"leaks", model.about.value("leaks", nlohmann::json::array())}};
  const auto evaluate = [&](const std::string& name, const Scorer& scorer) -> Status {
    progress.line("evaluate " + name);
    HAINA_TRY(ModelEvaluation evaluation, evaluate_model(name, scorer, test, how));
    report.models.push_back(std::move(evaluation));
    return ok();
  };
  HAINA_OK(evaluate("haina", [&](std::span<const UserState> users) { return model.score(users); }));
  // Single pairs with a known label: probabilities as calibrated on validation.
  const nlohmann::json fitted = model.about.value("calibration", nlohmann::json::object());
  const Calibration calibration = {fitted.value("slope", 1.0), fitted.value("offset", 0.0)};
  const PointSample points = collect_points(
      dataset, split, Stage::kTest, test, [&](std::span<const UserState> users) { return model.score(users); },
      config.train.seed);
  const PointMetrics pointwise = point_metrics(points.labels, calibration.probabilities(points.scores));
  MetricValues& whole = report.models.front().metrics;
  whole["pair_auc"].value = pointwise.auc;
  whole["pair_log_loss"].value = pointwise.log_loss;
  whole["pair_accuracy"].value = pointwise.accuracy;
  whole["pair_f1"].value = pointwise.f1;
  report.protocol["pairs"] = {{"count", points.labels.size()}, {"negatives", points.sampled ? "sampled" : "observed"}};
  for (const NamedExpert& expert : model.experts) {
    HAINA_OK(evaluate(expert.name, [&](std::span<const UserState> users) { return expert.expert->score(users); }));
  }
  if (model.network) {
    HAINA_OK(evaluate("network", [&](std::span<const UserState> users) { return model.network->score(users); }));
  }
  const std::string metric =
      fmt::format("ndcg@{}", std::ranges::find(options.ks, 10) != options.ks.end() ? 10 : options.ks.front());
  const std::vector<std::string> compared = {metric};
  report.differences = differences_to_first(report.models, compared);

  // What each source adds: everything trained again without it, judged on the same users.
  if (options.ablation == AblationMode::kRetrain) {
    std::map<std::string, nlohmann::json> settled;
    for (const NamedExpert& expert : model.experts) {
      settled[expert.name] = expert.params;
    }
    std::set<std::string> sources;
    for (const Field& field : dataset.fields) {
      if (encoder_for(field) != nullptr) {
        sources.insert(field.source);
      }
    }
    for (const std::string& source : sources) {
      if (std::ranges::find(config.train.without, source) != config.train.without.end()) {
        continue;
      }
      progress.line("train without " + source);
      Config reduced = config;
      reduced.train.without.push_back(source);
      HAINA_TRY(const Model other,
                train_model(dataset, reduced, split, {.stop = options.stop, .progress = nullptr, .settled = settled}));
      EvaluateOptions same = how;
      same.item_vectors = at::Tensor();
      HAINA_TRY(const ModelEvaluation without,
                evaluate_model(
                    "haina without " + source, [&](std::span<const UserState> users) { return other.score(users); },
                    test, same));
      report.ablation.push_back(ablate(source, report.models.front(), without, metric));
    }
  }
  report.history = model.about.value("curve", nlohmann::json::array());
  report.weights = source_weights(model);
  report.quality = dataset.quality;
  report.seconds = {{"train", model.about.value("seconds", nlohmann::json::object()).value("total", 0.0)},
                    {"evaluate", std::chrono::duration<double>(Clock::now() - started).count()}};
  return make_document(report);
}

}  // namespace haina
