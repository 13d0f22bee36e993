#include "pipeline/train.h"

#include <chrono>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/device.h"
#include "evaluation/candidates.h"
#include "metrics/validation_metric.h"
#include "pipeline/action_models.h"
#include "pipeline/calibration.h"
#include "pipeline/evidence_groups.h"
#include "pipeline/fit_experts.h"
#include "pipeline/fit_fusion.h"
#include "pipeline/refit_settings.h"
#include "pipeline/training_report.h"

namespace haina {
namespace {

constexpr int64_t kRankerUsers = 8192;  // held-out users that the ranker learns from at most

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

Result<Interactions> training_part_of(const Dataset& dataset, const Config& config, const Split& split) {
  Interactions part = known_events(dataset, split, Stage::kValidation);
  if (part.num_events() == 0) {
    return fail({ErrorCode::kBadData, "no goal event in the training part", config.split.place,
                 "check [project] goal and [split]; haina prepare shows how many events meet the goal"});
  }
  return part;
}

// Everyone with held-out goal events, with candidates where [train] num_candidates asks for them.
Result<HeldOut> validation_part_of(const Dataset& dataset, const Config& config, const Split& split) {
  HeldOut validation = held_out(dataset, split, Stage::kValidation);
  if (validation.users.empty()) {
    return fail({ErrorCode::kBadData, "the validation part holds no goal event of any user", config.split.place,
                 "raise [split] validation"});
  }
  if (config.train.num_candidates > 0) {
    validation.among = sample_candidates(validation, config.train.num_candidates, config.train.seed);
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

// The ranker and the action heads, on held-out items that neither experts nor network were fitted on.
void fit_ranking(const Model& choosing, const Dataset& dataset, const Config& config, const Split& split,
                 const HeldOut& users, const at::Tensor& item_counts, Model& model) {
  const at::Tensor gains = support_gains(users.truth, item_counts);
  model.ranker = fit_ranker(ranked_models(choosing), collect_samples(choosing, users, gains), config.train.seed,
                            fidelity_of(dataset, config.split));
  // Other splits hold out events that are not goals only where they touch a held-out goal pair.
  if (config.split.by == SplitBy::kTime) {
    model.heads = fit_action_heads(choosing, model.ranker, dataset, split, config.train.seed);
  }
}

// Pairs of the validation part with the blend's scores, from which scores become probabilities.
LabeledPairs validation_pairs(const Model& choosing, const Ranker& ranker, const Dataset& dataset, const Config& config,
                              const Split& split, const HeldOut& users) {
  const auto blend = [&](std::span<const UserState> batch) { return ranker.score(choosing.score_each(batch), batch); };
  return labeled_pairs(dataset, split, Stage::kValidation, users, blend, config.train.seed);
}

}  // namespace

Result<Model> train_model(const Dataset& dataset, const Config& config, const Split& whole,
                          const TrainOptions& options) {
  Stopwatch watch;
  TrainingSeconds seconds;
  HAINA_TRY(const at::Device device, find_device(config.train.device, config.train.place));
  const Split split = without_actions(dataset, whole, config.train.exclude);
  const bool ordered = is_ordered(dataset, config.split);

  // What may be known while choosing: the training part, and side sources without anything that is held out.
  HAINA_TRY(const Interactions training_part, training_part_of(dataset, config, split));
  const ScannedFields choosing_fields = scan_fields(dataset, split, Stage::kValidation, config.train.exclude);
  HAINA_TRY(const HeldOut validation, validation_part_of(dataset, config, split));
  const HeldOut validation_users = sample_users(validation, kValidationUsers, config.train.seed);

  // Experts, each with the settings that are best on the validation users.
  TrialLog trials(options.trials, nlohmann::json{options.checkpoint_key, config.train.experts}.dump());
  Model choosing;
  HAINA_TRY(choosing.experts,
            fit_experts(config, config.train.experts,
                        config.train.experts.empty() ? ExpertChoice::kAll : ExpertChoice::kNamed,
                        {training_part, known_events(dataset, split, Stage::kValidation, Only::kOthers),
                         choosing_fields.fields, ordered, device, &validation_users},
                        options, trials));
  seconds.experts = watch.lap();

  // The fusion network, stopped early on the same users.
  FusionTraining training;
  HAINA_TRY(choosing.network,
            fit_fusion(config, {&training_part, choosing_fields.fields, &validation_users, config.train.metric}, 0,
                       device, options, training));
  seconds.network = watch.lap();

  // How their scores are blended, how likely each action is, and how a score becomes a probability.
  Model model;
  const HeldOut ranker_users = sample_users(validation, kRankerUsers, config.train.seed);
  fit_ranking(choosing, dataset, config, split, ranker_users, training_part.item_counts(0), model);
  const LabeledPairs pairs = validation_pairs(choosing, model.ranker, dataset, config, split, ranker_users);
  const Calibration calibration = calibrate(pairs.scores, pairs.labels);
  seconds.ranker = watch.lap();

  // From here on nothing is chosen: everything is fitted again on training and validation, with the chosen settings and
  // number of epochs.
  const Interactions known = known_events(dataset, split, Stage::kTest);
  const ScannedFields fields = scan_fields(dataset, split, Stage::kTest, config.train.exclude);
  if (training.interrupted) {  // Ctrl-C: the best so far is kept
    model.experts = std::move(choosing.experts);
    model.network = std::move(choosing.network);
  } else {
    const double share = static_cast<double>(training_part.num_events()) / static_cast<double>(known.num_events());
    HAINA_TRY(
        model.experts,
        fit_experts(config, refit_settings(choosing.experts, share, config, options), ExpertChoice::kNamed,
                    {known, known_events(dataset, split, Stage::kTest, Only::kOthers), fields.fields, ordered, device},
                    options, trials));
    if (choosing.network) {
      FusionTraining refit;
      HAINA_TRY(model.network,
                fit_fusion(config, {&known, fields.fields, nullptr}, training.best_epoch, device, options, refit));
    }
  }
  HAINA_ASSERT(model.names() == model.ranker.models);

  // What the manifest says of all this.
  seconds.total = watch.total();
  model.about = training_report(dataset, config,
                                {.device = device.str(),
                                 .leaks = fields.leaks,
                                 .trials = trials,
                                 .training = training,
                                 .calibration = calibration,
                                 .sampled_negatives = pairs.sampled,
                                 .seconds = seconds});
  return model;
}

}  // namespace haina
