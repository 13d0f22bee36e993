#include "pipeline/train.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/device.h"
#include "base/log.h"
#include "evaluation/candidates.h"
#include "metrics/validation_metric.h"
#include "pipeline/action_models.h"
#include "pipeline/calibration.h"
#include "pipeline/evidence_groups.h"
#include "pipeline/fit_experts.h"
#include "pipeline/fit_fusion.h"
#include "pipeline/refit_check.h"
#include "pipeline/refit_settings.h"
#include "pipeline/train_unvalidated.h"
#include "pipeline/training_report.h"
#include "pipeline/training_stages.h"
#include "ranking/choose_refitted.h"
#include "ranking/match_scales.h"

namespace haina {
namespace {

constexpr int64_t kRankerUsers = 8192;  // held-out users that the ranker learns from at most
constexpr int64_t kScaleUsers = 1024;   // of them, for the scales of the models' scores

// Seconds since it was made, and since the last lap.
class Stopwatch {
 public:
  double total() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }
  double lap() {
    const Clock::time_point now = Clock::now();
    return std::chrono::duration<double>(now - std::exchange(lap_, now)).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point started_ = Clock::now();
  Clock::time_point lap_ = started_;
};

// Everyone with held-out goal events, with candidates where [train] num_candidates asks for them, or where the test
// ranks given candidates and items are hidden: hidden items are then ranked among themselves, as in such tests. Among
// all items, models would be chosen by whether they put any hidden item before the known ones. Hidden items are
// weighed, so that a few with many users do not decide.
HeldOut validation_part_of(const Dataset& dataset, const Config& config, const Split& split,
                           const Interactions& training_part) {
  HeldOut validation = held_out(dataset, split, Stage::kValidation);
  if (config.train.num_candidates > 0 && !validation.users.empty()) {
    validation.among = sample_candidates(validation, config.train.num_candidates, config.train.seed);
    return validation;
  }
  if (const at::Tensor events = training_part.item_counts(0); hides_items(validation, events)) {
    validation.item_weights = weights_of_hidden_items(validation);
    if (dataset.negatives.nnz() > 0) {
      validation.among = hidden_candidates(validation, events, config.train.seed);
    }
  }
  return validation;
}

// How closely validation imitates the test. Splits of our own draw both by one rule. Published files fix the test, and
// [split] validation_by imitates it, unless the files give the validation too or it is each user's last event.
ValidationFidelity fidelity_of(const Dataset& dataset, const SplitConfig& split) {
  const bool given =
      dataset.events.part.defined() && dataset.events.part.eq(static_cast<int>(Part::kValidation)).any().item<bool>();
  if (split.by != SplitBy::kFiles || given || split.validation_by == ValidationBy::kLeaveLast) {
    return ValidationFidelity::kSame;
  }
  return split.validation_by == ValidationBy::kLatest ? ValidationFidelity::kOther : ValidationFidelity::kNear;
}

// What finding a held-out item is worth to the ranker: float32 [items]; undefined: 1 each.
at::Tensor gains_of(const HeldOut& users, const Interactions& training_part) {
  return users.item_weights.defined() ? users.item_weights : support_gains(users.truth, training_part.item_counts(0));
}

// On which events of items the models' scores rest; `full` is not chosen yet.
ItemSupport support_of(const Model& model, const Dataset& dataset, const Split& split, Stage stage) {
  ItemSupport support;
  support.goals = known_events(dataset, split, stage).item_counts(0).to(at::kFloat);
  support.all = support.goals + known_events(dataset, split, stage, Only::kOthers).item_counts(0).to(at::kFloat);
  for (const NamedExpert& expert : model.experts) {
    const Result<const ExpertEntry*> entry = find_expert(expert.name, "");
    HAINA_ASSERT(entry.has_value());
    support.rests_on.push_back(item_events_of(**entry, expert.params));
  }
  if (model.network) {
    support.network = std::ssize(support.rests_on);
    support.rests_on.push_back(ItemEvents::kNone);
  }
  return support;
}

// The chosen ranker, then those that may take its place, on held-out items that neither experts nor network were
// fitted on. support: of `choosing`.
std::vector<Ranker> fit_rankers(const Model& choosing, const Dataset& dataset, const Config& config,
                                const HeldOut& users, const at::Tensor& gains, ItemSupport support) {
  const ValidationFidelity fidelity = fidelity_of(dataset, config.split);
  const RankerSamples samples = collect_samples(choosing, users, gains);
  support.full = choose_full_support(support, samples, config.train.seed, fidelity);
  std::vector<Ranker> rankers = {
      fit_ranker(ranked_models(choosing), samples.with(support), config.train.seed, fidelity)};
  rankers.front().support = std::move(support);
  std::ranges::move(simpler_rankers(rankers.front(), samples, config.train.seed), std::back_inserter(rankers));
  return rankers;
}

// The rankers as the refitted models need them; how these models' scores compare, by model.
nlohmann::json match_refitted(const Model& choosing, const Dataset& dataset, const Split& split,
                              const HeldOut& validation, uint64_t seed, const Model& model, ItemSupport support,
                              std::vector<Ranker>& rankers) {
  const HeldOut users = sample_users(validation, kScaleUsers, seed);  // the same for both, so that models alone differ
  const RankerSamples fitted = collect_samples(choosing, users).with(rankers.front().support);
  support.full = rankers.front().support.full;
  const RankerSamples served = collect_samples(model, as_known(dataset, split, Stage::kTest, users)).with(support);
  const ScoreScales before = score_scales(fitted), after = score_scales(served);
  for (Ranker& ranker : rankers) {
    match_scales(before, after, ranker);
    support.full = ranker.support.full;
    ranker.support = support;
  }
  return scales_json(rankers.front(), before, after);
}

// Which of the rankers serves with refitted models. One for which nothing can be judged is taken as it is.
RefittedChoice judge(const Model& model, const std::vector<Ranker>& rankers, const HeldOut& users,
                     const at::Tensor& gains) {
  if (users.users.empty() || rankers.front().blender.name == kSourceBalanced) {
    return {};
  }
  RefittedChoice choice = choose_refitted(rankers, collect_samples(model, users, gains, &rankers.front().views));
  if (choice.taken > 0) {
    log_warning(fmt::format(
        "the ranker's form '{}' is worse than {} alone once the models are fitted again, by {} users whose held-out "
        "events they do not know; '{}' serves",
        rankers.front().blender.name, choice.said.value("best_model", ""), users.users.size(),
        rankers[choice.taken].blender.name));
  }
  return choice;
}

// How scores become probabilities, by pairs of the validation part: those of the ranker, or of the network where its
// log-loss is smaller. sampled: LabeledPairs::sampled.
Calibration calibrate_on_validation(const Model& choosing, const Ranker& ranker, const Dataset& dataset,
                                    const Config& config, const Split& split, const HeldOut& users, bool& sampled) {
  const auto pairs_of = [&](const std::function<at::Tensor(std::span<const UserState>)>& score) {
    return labeled_pairs(dataset, split, Stage::kValidation, users, score, config.train.seed);
  };
  const LabeledPairs pairs =
      pairs_of([&](std::span<const UserState> batch) { return ranker.score(choosing.score_each(batch), batch); });
  sampled = pairs.sampled;
  const Calibration of_ranker = calibrate(pairs.scores, pairs.labels);
  if (!choosing.network) {
    return of_ranker;
  }
  const LabeledPairs by_network =
      pairs_of([&](std::span<const UserState> batch) { return choosing.network->score(batch); });
  Calibration of_network = calibrate(by_network.scores, by_network.labels);
  of_network.of_network = true;
  return log_loss(of_network, by_network) < log_loss(of_ranker, pairs) ? of_network : of_ranker;
}

constexpr const char* kExpertsStage = "choose the experts' settings";
constexpr const char* kNetworkStage = "train the fusion network";
constexpr const char* kRankerStage = "fit the ranker";
constexpr const char* kExpertsAgainStage = "fit the experts on all events";
constexpr const char* kNetworkAgainStage = "train the network on all events";

// The stages with what they took before, else with their usual shares.
TrainingStages stages_of(const Config& config, const TrainOptions& options) {
  const nlohmann::json& before = options.seconds_before;
  const bool known = before.is_object() && before.contains("experts_again");
  const auto expected = [&](const char* key, double share) { return known ? before.value(key, share) : share; };
  std::vector<TrainingStage> stages = {{kExpertsStage, expected("experts", 35)},
                                       {kNetworkStage, expected("network", 35)},
                                       {kRankerStage, expected("ranker", 5)},
                                       {kExpertsAgainStage, expected("experts_again", 10)},
                                       {kNetworkAgainStage, expected("network_again", 15)}};
  if (config.train.network == NetworkChoice::kNone) {
    std::erase_if(stages, [](const TrainingStage& stage) {
      return stage.name == kNetworkStage || stage.name == kNetworkAgainStage;
    });
  }
  return {options.progress != nullptr ? *options.progress : no_progress(), std::move(stages),
          known ? TrainingStages::Unit::kSeconds : TrainingStages::Unit::kShares};
}

// What all steps read, and what they leave for the manifest.
struct Run {
  const Dataset& dataset;
  const Config& config;
  const Split& split;
  TrainOptions options;  // progress: `stages`
  at::Device device;
  bool ordered;
  // Items without an event can be new only where events have an order, or validation hides items. In a random part of
  // the pairs they are those that hardly anybody takes: on Last.fm, where they are many, leaving them out of the
  // negatives cost the network .010 of .1525 validation NDCG@10.
  bool unseen_are_new = true;
  TrainingStages& stages;
  TrialLog trials;
  FusionTraining training = {};
  TrainingSeconds seconds = {};
  Stopwatch watch = {};
};

// The article's network stands alone where no experts are named: it is there to be seen by itself.
ExpertChoice choice_of(const TrainConfig& train) {
  return train.experts.empty() && train.network != NetworkChoice::kArticle ? ExpertChoice::kAll : ExpertChoice::kNamed;
}

// Experts, each with the settings that are best on the validation users, and the network, stopped early on the same
// users.
Result<Model> choose(Run& run, const Interactions& training_part, const HeldOut& validation_users) {
  const Config& config = run.config;
  const ScannedFields fields = scan_fields(run.dataset, run.split, Stage::kValidation, config.train.exclude);
  const Interactions others = known_events(run.dataset, run.split, Stage::kValidation, Only::kOthers);
  Model choosing;
  run.stages.next();
  HAINA_TRY(choosing.experts,
            fit_experts(config, config.train.experts, choice_of(config.train),
                        {training_part, others, fields.fields, run.ordered, run.device, &validation_users}, run.options,
                        run.trials));
  run.seconds.experts = run.watch.lap();
  if (config.train.network != NetworkChoice::kNone) {
    run.stages.next();
    HAINA_TRY(choosing.network, fit_fusion(config,
                                           {&training_part, fields.fields, &validation_users, config.train.metric,
                                            &others, run.unseen_are_new},
                                           0, run.device, run.options, run.training));
    run.seconds.network = run.watch.lap();
  }
  return choosing;
}

// Everything fitted again on training and validation, with the chosen settings and number of epochs. known_split: that
// of `known`. share: of these events in the training part.
Status refit(Run& run, const Model& choosing, const Interactions& known, const Split& known_split,
             const ScannedFields& fields, double share, Model& model) {
  const Config& config = run.config;
  const Interactions others = known_events(run.dataset, known_split, Stage::kTest, Only::kOthers);
  run.stages.next();
  const auto epochs = std::ssize(run.training.epochs);
  if (choosing.network && epochs > 0) {
    run.stages.expect(kNetworkAgainStage, run.seconds.network / share * static_cast<double>(run.training.best_epoch) /
                                              static_cast<double>(epochs));
  }
  HAINA_TRY(model.experts,
            fit_experts(config, refit_settings(choosing.experts, share, config, run.options), ExpertChoice::kNamed,
                        {known, others, fields.fields, run.ordered, run.device}, run.options, run.trials));
  run.seconds.experts_again = run.watch.lap();
  if (choosing.network) {
    run.stages.next();
    FusionTraining again;
    HAINA_TRY(
        model.network,
        fit_fusion(
            config,
            {.train = &known, .fields = fields.fields, .other_events = &others, .unseen_are_new = run.unseen_are_new},
            run.training.best_epoch, run.device, run.options, again));
    run.seconds.network_again = run.watch.lap();
  }
  return ok();
}

nlohmann::json report_of(Run& run, nlohmann::json leaks, const Calibration& calibration, bool sampled_negatives,
                         int64_t validation_users) {
  run.seconds.total = run.watch.total();
  return training_report(run.dataset, run.config,
                         {.device = run.device.str(),
                          .leaks = std::move(leaks),
                          .trials = run.trials,
                          .training = run.training,
                          .calibration = calibration,
                          .sampled_negatives = sampled_negatives,
                          .validation_users = validation_users,
                          .seconds = run.seconds});
}

// A new shop: nothing can be held out, so nothing is chosen.
Result<Model> train_on_little(Run& run, const TooLittle& missing) {
  HAINA_TRY(UnvalidatedModel trained,
            train_unvalidated(run.dataset, run.config, run.split, missing, run.device, run.options, run.trials));
  run.seconds.experts = run.watch.lap();
  trained.model.about = report_of(run, nlohmann::json::array(), {}, false, missing.validation_users);
  trained.model.about["unvalidated"] = std::move(trained.said);
  return std::move(trained.model);
}

}  // namespace

Result<Model> train_model(const Dataset& dataset, const Config& config, const Split& whole,
                          const TrainOptions& options) {
  HAINA_TRY(const at::Device device, find_device(config.train.device, place_of(config.train, "device")));
  const Split split = without_actions(dataset, whole, config.train.exclude);
  TrainingStages stages = stages_of(config, options);
  Run run = {.dataset = dataset,
             .config = config,
             .split = split,
             .options = options,
             .device = device,
             .ordered = is_ordered(dataset, config.split),
             .stages = stages,
             .trials = TrialLog(options.trials, nlohmann::json{options.checkpoint_key, config.train.experts}.dump())};
  run.options.progress = &stages;

  // What may be known while choosing: the training part, and side sources without anything that is held out.
  const Interactions training_part = known_events(dataset, split, Stage::kValidation);
  const HeldOut validation = validation_part_of(dataset, config, split, training_part);
  if (const std::optional<TooLittle> missing = too_little(dataset, training_part, validation)) {
    return train_on_little(run, *missing);
  }
  const HeldOut validation_users = sample_users(validation, kValidationUsers, config.train.seed);
  run.unseen_are_new = run.ordered || hides_items(validation, training_part.item_counts(0));
  HAINA_TRY(Model choosing, choose(run, training_part, validation_users));

  // How their scores are blended.
  stages.next();
  const bool refits = options.refit && !run.training.interrupted;  // after Ctrl-C the best so far is kept
  ValidationUsers apart =
      refits ? set_apart(validation, training_part.item_counts(0), config.train.seed) : ValidationUsers{validation, {}};
  const HeldOut ranker_users = sample_users(apart.fitting, kRankerUsers, config.train.seed);
  const at::Tensor gains = gains_of(ranker_users, training_part);
  const std::vector<Ranker> rankers = fit_rankers(choosing, dataset, config, ranker_users, gains,
                                                  support_of(choosing, dataset, split, Stage::kValidation));
  run.seconds.ranker = run.watch.lap();

  // Everything is fitted again, and of the rankers the one taken that holds with these models.
  // Fields are those of serving, so they may tell of events held back from the refit: to every form alike.
  ScannedFields fields = scan_fields(dataset, split, Stage::kTest, config.train.exclude);
  Model model;
  nlohmann::json scales;
  RefittedChoice choice;
  std::vector<Ranker> served = rankers;
  if (refits) {
    const Split known_split = hold_back(dataset, split, apart);
    const Interactions known = known_events(dataset, known_split, Stage::kTest);
    const double share = static_cast<double>(training_part.num_events()) / static_cast<double>(known.num_events());
    HAINA_OK(refit(run, choosing, known, known_split, fields, share, model));
    scales = match_refitted(choosing, dataset, split, ranker_users, config.train.seed, model,
                            support_of(model, dataset, known_split, Stage::kTest), served);
    if (apart.by_item) {  // what these users did with other items is known by now
      apart.judging.users = as_known(dataset, known_split, Stage::kTest, apart.judging).users;
    }
    choice = judge(model, served, apart.judging, gains);
  }
  model.ranker = served[choice.taken];

  // How likely each action is, and how a score becomes a probability.
  const Ranker& fitted = rankers[choice.taken];
  // Other splits hold out events that are not goals only where they touch a held-out goal pair.
  if (config.split.by == SplitBy::kTime) {
    model.heads = fit_action_heads(choosing, fitted, dataset, split, config.train.seed);
  }
  bool sampled = false;
  const Calibration calibration =
      calibrate_on_validation(choosing, fitted, dataset, config, split, ranker_users, sampled);
  if (!refits) {
    model.experts = std::move(choosing.experts);
    model.network = std::move(choosing.network);
  }
  HAINA_ASSERT(model.names() == model.ranker.models);
  model.about = report_of(run, std::move(fields.leaks), calibration, sampled, std::ssize(validation.users));
  model.about["refitted"] = refits;
  model.about["scales"] = std::move(scales);
  model.about["refit_check"] = std::move(choice.said);
  if (rankers.back().blender.name == "single") {
    model.about["best_model"] = rankers.back().heaviest();
  }
  return model;
}

}  // namespace haina
