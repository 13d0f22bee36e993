#include "pipeline/evaluate.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/goal.h"
#include "config/metric_spec.h"
#include "data/seen_actions.h"
#include "data/split.h"
#include "evaluation/candidates.h"
#include "evaluation/compare.h"
#include "evaluation/document.h"
#include "metrics/metrics.h"
#include "pipeline/ablation.h"
#include "pipeline/action_models.h"
#include "pipeline/calibration.h"
#include "pipeline/explain/model_weights.h"
#include "pipeline/given_lists.h"
#include "pipeline/item_categories.h"

namespace haina {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kWeighedUsers = 256;  // whose lists say how much each model gives

// Each model that the ranker blends, in the order of model.names().
std::vector<NamedScorer> scorers_of(const Model& model) {
  std::vector<NamedScorer> scorers;
  for (const NamedExpert& expert : model.experts) {
    scorers.emplace_back(expert.name,
                         [&expert](std::span<const UserState> users) { return expert.expert->score(users); });
  }
  if (model.network) {
    scorers.emplace_back(kNetworkName,
                         [&model](std::span<const UserState> users) { return model.network->score(users); });
  }
  return scorers;
}

Blend blend_of(const Model& model) {
  return {"haina", [&model](std::span<const at::Tensor> scores, std::span<const UserState> users) {
            return model.ranker.score(scores, users);
          }};
}

// The options with what the metrics need to know of the items.
EvaluateOptions with_items(EvaluateOptions options, const Dataset& dataset, const Split& split, const Model& model) {
  options.item_counts = known_events(dataset, split, Stage::kTest).item_counts(0);
  options.item_vectors = model.network ? model.network->item_vectors() : at::Tensor();
  options.tie_order = items_by_id(dataset.items);
  return options;
}

// "2025-03-01 to 2025-03-14", UTC; empty where an event has no time.
std::string days_of(const HeldOut& test) {
  int64_t first = std::numeric_limits<int64_t>::max(), last = kNoTime;
  for (const UserState& user : test.users) {
    if (user.now_us == kNoTime) {
      return "";
    }
    first = std::min(first, user.now_us);
    last = std::max(last, user.now_us);
  }
  const auto day = [](int64_t time_us) {
    return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(time_us / 1'000'000)));
  };
  return test.users.empty() ? "" : fmt::format("{} to {}", day(first), day(last));
}

// The metric that the model's training chose by, "ndcg@10".
std::string chosen_metric(const Model& model, const Config& config) {
  return model.about.value("metric", config.train.metric);
}

nlohmann::json protocol_of(const Dataset& dataset, const Config& config, const Model& model, const HeldOut& test) {
  return {{"dataset", dataset.name},
          {"version", model.about.value("version", "")},
          {"goal", config.goal},
          {"metric", chosen_metric(model, config)},
          {"tested", days_of(test)},
          {"split", config.split.by},
          {"candidates", "full"},
          {"relevance", "binary"},  // of every ranking metric: an item is held out or it is not
          {"users", test.users.size()},
          {"items", dataset.items.size()},
          {"without", model.about.value("without", nlohmann::json::array())},
          {"leaks", model.about.value("leaks", nlohmann::json::array())}};
}

// Every model on the candidates that were published with the data, at the list lengths that leave some of them out;
// nullopt where no held-out user has any.
Result<std::optional<SampledEvaluation>> evaluate_published(const Model& model, const HeldOut& test,
                                                            const Csr& negatives, const std::string& chosen,
                                                            const EvaluateOptions& full) {
  const PublishedCandidates published = published_candidates(test, negatives);
  if (published.held_out.users.empty()) {
    return std::optional<SampledEvaluation>();
  }
  EvaluateOptions how = full;
  how.candidates = &published.candidates;
  how.item_counts = how.item_vectors = at::Tensor();  // novelty, coverage and diversity belong to the whole catalog
  how.item_categories = nullptr;
  std::erase_if(how.ks, [&](int64_t k) { return k > published.most; });
  if (how.ks.empty()) {
    how.ks = {std::ranges::min(full.ks)};
  }
  SampledEvaluation sampled = {
      .fewest = published.fewest, .most = published.most, .users = std::ssize(published.held_out.users)};
  HAINA_TRY(sampled.models, evaluate_blend(blend_of(model), scorers_of(model), published.held_out, how));
  sampled.differences =
      differences_to_first(sampled.models, compared_metrics(published.held_out.truth, how.ks, chosen));
  return std::optional(std::move(sampled));
}

// Probabilities of single pairs, by the calibration that was fitted on validation: adds "pair_…" metrics, and the
// number of pairs to the protocol.
void evaluate_pairs(const Dataset& dataset, const Config& config, const Split& split, const Model& model,
                    const HeldOut& test, MetricValues& metrics, nlohmann::json& protocol) {
  const nlohmann::json fitted = model.about.value("calibration", nlohmann::json::object());
  const Calibration calibration = {fitted.value("slope", 1.0), fitted.value("offset", 0.0),
                                   fitted.value("scores", "ranker") == kNetworkName && model.network.has_value()};
  const LabeledPairs pairs = labeled_pairs(
      dataset, split, Stage::kTest, test,
      [&](std::span<const UserState> users) {
        return calibration.of_network ? model.network->score(users) : model.score(users);
      },
      config.train.seed);
  const PointMetrics pointwise = point_metrics(pairs.labels, calibration.probabilities(pairs.scores));
  metrics["pair_auc"].value = pointwise.auc;
  metrics["pair_log_loss"].value = pointwise.log_loss;
  metrics["pair_accuracy"].value = pointwise.accuracy;
  metrics["pair_f1"].value = pointwise.f1;
  protocol["pairs"] = {{"count", pairs.labels.size()},
                       {"negatives", pairs.sampled ? "sampled" : "observed"},
                       {"scores", calibration.of_network ? kNetworkName : "ranker"}};
}

nlohmann::json evaluate_actions(const Dataset& dataset, const Config& config, const Split& split, const Model& model) {
  nlohmann::json actions = nlohmann::json::array();
  for (const HeadQuality& head : evaluate_action_heads(model, dataset, split, config.train.seed)) {
    actions.push_back({{"action", head.action},
                       {"done", head.done},
                       {"expected", head.expected},
                       {"auc", head.auc},
                       {"log_loss", head.log_loss},
                       {"log_loss_of_the_share", head.base}});
  }
  return actions;
}

// {"models": the share of lists that each model gives, "item": the mean weight of each of the network's sources}.
Result<nlohmann::json> weights_of(const Dataset& dataset, const Model& model, const StopFlag* stop) {
  const std::vector<UserState> users = spread_users(dataset, kWeighedUsers);
  HAINA_TRY(const nlohmann::json learned, model_weights(model, users, stop));
  nlohmann::json weights = nlohmann::json::object();
  for (const nlohmann::json& expert : learned.value("experts", nlohmann::json::array())) {
    if (const nlohmann::json& share = expert.at("share").at("value"); share.is_number()) {
      weights["models"][expert.at("name").get<std::string>()] = share;
    }
  }
  for (const nlohmann::json& source : learned.value("sources", nlohmann::json::array())) {
    weights["item"][source.at("name").get<std::string>()] = source.at("weight");
  }
  return weights;
}

// kBadData where nothing is held out, or where the model has learned from all that would be.
Status require_test(const Model& model, const Config& config, const HeldOut& test) {
  const nlohmann::json said = model.about.value("unvalidated", nlohmann::json::object());
  if (!said.empty() && config.split.by != SplitBy::kFiles) {
    return fail({ErrorCode::kBadData, "nothing to evaluate: " + said.value("text", "the model saw every event"),
                 place_of(config.split, "test"), said.value("hint", "train again with more events")});
  }
  if (test.users.empty()) {
    return fail({ErrorCode::kBadData, "the test part holds no goal event of any user", place_of(config.split, "test"),
                 "raise [split] test, or wait for more events"});
  }
  return ok();
}

// What users from all over the test part took last, and their lists.
nlohmann::json examples_of(const Dataset& dataset, const HeldOut& test, const RankedLists& lists) {
  constexpr size_t kUsers = 3, kHistory = 5;
  constexpr int64_t kPlaces = 10;
  const auto title = [&](int32_t item) {
    const std::string& text = dataset.titles[static_cast<size_t>(item)];
    return text.empty() ? std::string(dataset.items.name(item)) : text;
  };
  nlohmann::json examples = nlohmann::json::array();
  const size_t step = std::max<size_t>(1, test.users.size() / (kUsers + 1));
  for (size_t u = step; u < test.users.size() && examples.size() < kUsers; u += step) {
    const UserState& state = test.users[u];
    nlohmann::json history = nlohmann::json::array(), list = nlohmann::json::array();
    for (auto event = state.history.rbegin(); event != state.history.rend() && history.size() < kHistory; ++event) {
      history.push_back(title(row_of(event->item)));
    }
    const auto truth = test.truth.row(static_cast<int64_t>(u));
    for (int64_t place = 0; place < std::min(kPlaces, lists.items.size(1)); ++place) {
      const int32_t item = lists.items[static_cast<int64_t>(u)][place].item<int32_t>();
      if (item >= 0) {
        list.push_back({{"item", std::string(dataset.items.name(item))},
                        {"title", title(item)},
                        {"taken", std::ranges::binary_search(truth, item)}});
      }
    }
    examples.push_back({{"user", std::string(dataset.users.name(state.user))},
                        {"history", std::move(history)},
                        {"list", std::move(list)}});
  }
  return examples;
}

// Lists of other recommenders, as models behind Haina's own.
Status add_given_lists(const Dataset& dataset, const HeldOut& test, const EvaluateOptions& how,
                       EvaluationReport& report) {
  for (const auto& [name, file] : how.lists) {
    if (std::ranges::find(report.models, name, &ModelEvaluation::name) != report.models.end()) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("there is a model '{}' already", name), "--lists",
                   "give the lists another name"});
    }
    HAINA_TRY(GivenLists read, read_given_lists(name, file, dataset, how.stop));
    report.protocol["lists"].push_back(to_json(read, test));
    const auto lists = std::make_shared<const GivenLists>(std::move(read));
    HAINA_TRY(ModelEvaluation model, evaluate_model(name, scorer_of(lists, dataset.items.size()).second, test, how));
    report.models.push_back(std::move(model));
  }
  return ok();
}

}  // namespace

Result<nlohmann::json> run_evaluate(const Dataset& dataset, const Config& config, const Model& model,
                                    const EvaluateOptions& options) {
  const auto started = Clock::now();
  HAINA_TRY(const Split split, make_split(dataset, config.split));
  HAINA_TRY(const std::vector<Goal> goals, parse_goals(config));
  HAINA_TRY(const SeenRules seen, SeenRules::make(config.serve, dataset, goals));
  const HeldOut test = held_out(dataset, split, Stage::kTest, Only::kGoals, &seen);
  HAINA_OK(require_test(model, config, test));
  EvaluateOptions how = with_items(options, dataset, split, model);
  how.seen_rules = &seen;
  const std::optional<ItemCategories> categories = item_categories(dataset);
  how.item_categories = categories ? &categories->of_items : nullptr;
  const std::string chosen = chosen_metric(model, config);
  HAINA_TRY(const MetricSpec spec, parse_metric_spec(chosen, "[train] metric"));
  if (std::ranges::find(how.ks, spec.cutoff) == how.ks.end()) {
    how.ks.push_back(spec.cutoff);  // models are judged by the metric that was chosen by
    std::ranges::sort(how.ks);
  }
  const std::vector<std::string> compared = compared_metrics(test.truth, how.ks, chosen);

  // Haina and each of its models on the whole catalog.
  EvaluationReport report;
  report.protocol = protocol_of(dataset, config, model, test);
  report.protocol["categories"] = categories ? categories->field : "";
  if (dataset.items.size() == 1) {
    report.protocol["warning"] = kOneCandidateWarning;
  }
  HAINA_TRY(report.models, evaluate_blend(blend_of(model), scorers_of(model), test, how));
  HAINA_OK(add_given_lists(dataset, test, how, report));
  report.differences = differences_to_first(report.models, compared);

  // Probabilities: of a liked pair, and of each action.
  evaluate_pairs(dataset, config, split, model, test, report.models.front().metrics, report.protocol);
  report.protocol["actions"] = evaluate_actions(dataset, config, split, model);

  // The same models among published candidates.
  if (dataset.negatives.nnz() > 0) {
    HAINA_TRY(report.sampled, evaluate_published(model, test, dataset.negatives, chosen, how));
  }

  // What each source adds, by the metric that training chose by.
  if (how.ablation == AblationMode::kRetrain) {
    const ModelEvaluation& whole = report.models.front();
    HAINA_TRY(report.ablation, measure_ablation(dataset, config, split, model, test, whole, chosen, how));
  }

  report.history = model.about.value("curve", nlohmann::json::array());
  HAINA_TRY(report.weights, weights_of(dataset, model, options.stop));
  report.examples = examples_of(dataset, test, report.models.front().lists);
  report.quality = dataset.quality;
  report.seconds = {{"train", model.about.value("seconds", nlohmann::json::object()).value("total", 0.0)},
                    {"evaluate", std::chrono::duration<double>(Clock::now() - started).count()}};
  return make_document(report);
}

}  // namespace haina
