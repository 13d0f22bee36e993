#include "pipeline/evaluate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <map>
#include <set>

#include "encoders/encoder.h"
#include "evaluation/document.h"
#include "evaluation/evaluate.h"
#include "pipeline/action_models.h"
#include "pipeline/calibration.h"
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

// Every model on the candidates that were published, at those lengths of lists that leave some of them out; nothing
// where none of the held-out users has any.
Result<std::optional<SampledEvaluation>> evaluate_among_published(
    std::span<const std::pair<std::string, Scorer>> scorers, const HeldOut& test, const Csr& negatives,
    const EvaluateOptions& full, Progress& progress) {
  const PublishedCandidates published = published_candidates(test, negatives);
  if (published.held_out.users.empty()) {
    return std::optional<SampledEvaluation>();
  }
  EvaluateOptions how = full;
  how.candidates = &published.candidates;
  how.item_counts = how.item_vectors = at::Tensor();  // what lists are like shows on the whole catalogue
  std::erase_if(how.ks, [&](int64_t k) { return k > published.most; });
  if (how.ks.empty()) {
    how.ks = {std::ranges::min(full.ks)};
  }
  SampledEvaluation sampled = {
      .fewest = published.fewest, .most = published.most, .users = std::ssize(published.held_out.users)};
  for (const auto& [name, scorer] : scorers) {
    progress.line("evaluate " + name + " among the published candidates");
    HAINA_TRY(ModelEvaluation evaluation, evaluate_model(name, scorer, published.held_out, how));
    sampled.models.push_back(std::move(evaluation));
  }
  sampled.differences = differences_to_first(sampled.models, compared_metrics(published.held_out.truth, how.ks));
  return std::optional(std::move(sampled));
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
  std::vector<std::pair<std::string, Scorer>> scorers = {
      {"haina", [&](std::span<const UserState> users) { return model.score(users); }}};
  for (const NamedExpert& expert : model.experts) {
    scorers.emplace_back(expert.name,
                         [&expert](std::span<const UserState> users) { return expert.expert->score(users); });
  }
  if (model.network) {
    scorers.emplace_back("network", [&](std::span<const UserState> users) { return model.network->score(users); });
  }
  for (const auto& [name, scorer] : scorers) {
    progress.line("evaluate " + name);
    HAINA_TRY(ModelEvaluation evaluation, evaluate_model(name, scorer, test, how));
    report.models.push_back(std::move(evaluation));
  }
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
  report.protocol["actions"] = nlohmann::json::array();
  for (const HeadQuality& head : judge_heads(model, dataset, split, config.train.seed)) {
    report.protocol["actions"].push_back({{"action", head.action},
                                          {"done", head.done},
                                          {"foretold", head.foretold},
                                          {"auc", head.auc},
                                          {"log_loss", head.log_loss},
                                          {"log_loss_of_the_share", head.base}});
  }
  report.protocol["pairs"] = {{"count", points.labels.size()}, {"negatives", points.sampled ? "sampled" : "observed"}};
  const std::vector<std::string> compared = compared_metrics(test.truth, options.ks);
  report.differences = differences_to_first(report.models, compared);
  if (dataset.negatives.nnz() > 0) {
    HAINA_TRY(report.sampled, evaluate_among_published(scorers, test, dataset.negatives, how, progress));
  }

  // What each source adds: everything trained again without it, judged on the same users by what the choices were made
  // by.
  const std::string chosen_by =
      report.models.front().per_user.find(config.train.metric) >= 0 ? config.train.metric : compared.front();
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
    // Sources one by one, other actions one by one and together.
    std::vector<std::pair<std::string, std::vector<std::string>>> taken_out;
    for (const std::string& source : sources) {
      taken_out.push_back({source, {source}});
    }
    const std::vector<std::string> actions = other_actions(dataset);
    for (const std::string& action : actions) {
      if (!sources.contains(action)) {
        taken_out.push_back({action, {action}});
      }
    }
    if (actions.size() > 1) {
      taken_out.push_back({fmt::format("{}", fmt::join(actions, ", ")), actions});
    }
    const std::set<std::string> gone(config.train.without.begin(), config.train.without.end());
    for (const auto& [source, names] : taken_out) {
      if (std::ranges::any_of(names, [&](const std::string& name) { return gone.contains(name); })) {
        continue;
      }
      progress.line("train without " + source);
      Config reduced = config;
      reduced.train.without.insert(reduced.train.without.end(), names.begin(), names.end());
      HAINA_TRY(const Model other,
                train_model(dataset, reduced, split, {.stop = options.stop, .progress = nullptr, .settled = settled}));
      EvaluateOptions same = how;
      same.item_vectors = at::Tensor();
      HAINA_TRY(const ModelEvaluation without,
                evaluate_model(
                    "haina without " + source, [&](std::span<const UserState> users) { return other.score(users); },
                    test, same));
      report.ablation.push_back(ablate(source, report.models.front(), without, chosen_by));
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
