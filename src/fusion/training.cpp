// Training of the fusion network: epochs of steps, early stopping on the validation metric, and checkpoints.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/seed.h"
#include "fusion/adam.h"
#include "fusion/checkpoint.h"
#include "fusion/fusion.h"
#include "fusion/losses.h"
#include "fusion/module.h"
#include "fusion/training_run.h"
#include "fusion/training_steps.h"
#include "metrics/validation_metric.h"

namespace haina {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// The article's network knows items and users by their sources alone.
Status require_article_sources(const FusionModule& module) {
  constexpr const char* kOther = "set network = \"auto\" in [train], which also learns from who took what";
  if (module.item_sources.empty()) {
    return fail({ErrorCode::kBadData, "the article's network reads what items are, and no source tells it", "",
                 std::string("add a source of kind items, vectors or media, or ") + kOther});
  }
  if (module.user_sources.empty() && module.params.number("history") <= 0) {
    return fail({ErrorCode::kBadData, "the article's network reads what users are, and no source tells it", "",
                 std::string("add a source of kind users, set history = 1 in [train.network_params], or ") + kOther});
  }
  return ok();
}

// The sources with their encoders fitted, and new parameters.
Result<std::unique_ptr<FusionModule>> make_module(const FusionData& data, const Params& params, const Trend* trend,
                                                  const FusionOptions& options) {
  auto module = std::make_unique<FusionModule>();
  module->form = options.form;
  module->width = params.integer("width");
  module->num_items = data.train->num_items;
  module->params = params;
  const at::Tensor unseen = data.train->item_counts(0).eq(0);
  module->unseen = data.unseen_are_new && unseen.any().item<bool>() ? unseen : at::Tensor();
  if (trend != nullptr) {
    module->trend_now = trend->now;
  }
  const EncoderContext context = {
      .width = module->width, .train = data.train, .fields = data.fields, .seed = options.seed};
  const auto make = [&](const std::string& name, const Field& field) -> Result<Source> {
    HAINA_TRY(const EncoderChoice choice, choose_encoder(field, options.encoders, options.encoders_place));
    return make_source(name, field, choice, context);
  };
  if (module->form != NetworkForm::kArticle) {
    HAINA_TRY(Source id, make("id", id_field(module->num_items)));
    module->item_sources.push_back(std::move(id));
  }
  for (const Field& field : data.fields) {
    if (encoder_for(field) == nullptr || !field.present().any().item<bool>()) {
      continue;
    }
    HAINA_TRY(Source source, make(field.full_name(), field));
    (field.side == Side::kItem ? module->item_sources : module->user_sources).push_back(std::move(source));
  }
  if (module->form == NetworkForm::kSet && trend != nullptr &&
      params.number("behaviour") > 0) {  // without times a history has no order
    const Field field = behaviour_field(data.train->num_users);
    HAINA_TRY(Source source, make(field.full_name(), field));
    module->user_sources.push_back(std::move(source));
  }
  if (module->form == NetworkForm::kArticle) {
    HAINA_OK(require_article_sources(*module));
  }
  module->create(options.seed);
  return module;
}

// A checkpoint that cannot be written does not end the training in memory.
void write_checkpoint(const FusionOptions& options, const Checkpoint& checkpoint) {
  if (const Status status = save_checkpoint(options.checkpoint, options.checkpoint_key, checkpoint); !status) {
    log_warning("no checkpoint: " + to_text(status.error()));
  }
}

// The epochs of one training; its parts live as long as FusionNetwork::train.
class EpochLoop {
 public:
  EpochLoop(const FusionData& data, const Params& params, const FusionOptions& options, const TrainingSteps& steps,
            TrainingRun& run, StepContext& context, FusionTraining& training)
      : data_(data),
        params_(params),
        options_(options),
        steps_(steps),
        run_(run),
        context_(context),
        training_(training),
        progress_(options.progress != nullptr ? *options.progress : no_progress()),
        epochs_(options.epochs > 0 ? options.epochs : params.integer("epochs")) {}

  // false if there is a checkpoint of another network: the run must be made anew.
  bool resume() {
    if (options_.checkpoint.empty()) {
      return true;
    }
    const auto checkpoint = load_checkpoint(options_.checkpoint, options_.checkpoint_key);
    if (!checkpoint) {
      return true;
    }
    if (!run_.resume(*checkpoint, training_)) {
      return false;
    }
    progress_.line(fmt::format("resuming after epoch {} of {}", training_.resumed_at, epochs_));
    return true;
  }

  Status run() {
    RandomStream random(options_.seed, "fusion/plan");
    steps_an_epoch_ = std::ssize(steps_.plan(run_.order, random));
    progress_.start("train the fusion network", epochs_ * steps_an_epoch_);
    Clock::time_point saved_at = Clock::now();
    for (int64_t epoch = training_.resumed_at; epoch < epochs_ && !training_.interrupted; ++epoch) {
      if (data_.validation != nullptr && epoch > 0 && epoch - training_.best_epoch >= params_.integer("patience")) {
        break;
      }
      const Clock::time_point started = Clock::now();
      HAINA_TRY(EpochRecord record, train_epoch(epoch));
      if (training_.interrupted && epoch > 0) {
        break;
      }
      validate(record);
      record.seconds = seconds_since(started);
      training_.epochs.push_back(record);
      // A run cannot resume from an interrupted epoch.
      if (!options_.checkpoint.empty() && !training_.interrupted &&
          seconds_since(saved_at) >= options_.checkpoint_seconds) {
        write_checkpoint(options_, run_.pack(training_));
        saved_at = Clock::now();
      }
    }
    progress_.finish();
    return ok();
  }

 private:
  // One pass; its mean loss. Sets training.interrupted and returns early on a stop request.
  Result<EpochRecord> train_epoch(int64_t epoch) {
    run_.shuffle();
    const std::vector<std::vector<int32_t>> plan = steps_.plan(run_.order, run_.random);
    const int64_t count = std::ssize(plan);
    const int64_t schedule = std::max(epochs_, options_.schedule) * steps_an_epoch_;
    double loss_sum = 0;
    for (int64_t step = 0; step < count; ++step) {
      if (options_.stop != nullptr && options_.stop->requested()) {
        training_.interrupted = true;
        break;
      }
      const at::Tensor loss = steps_.loss(plan[static_cast<size_t>(step)], context_);
      const double value = loss.item<double>();
      if (!std::isfinite(value)) {
        return fail({ErrorCode::kBadData,
                     fmt::format("the loss is {} at epoch {}, step {}", value, epoch + 1, step + 1), "",
                     "lower learning_rate in [train.network_params]"});
      }
      loss.backward();
      run_.adam.step(steps_.learning_rate(params_.number("learning_rate"), epoch * steps_an_epoch_ + step, schedule));
      loss_sum += value;
      if (step + 1 == count || (step + 1) % 10 == 0) {
        progress_.line(
            fmt::format("Epoch [{}/{}], Step [{}/{}], Loss: {:.4f}", epoch + 1, epochs_, step + 1, count, value));
      }
      progress_.update(epoch * steps_an_epoch_ + step + 1, fmt::format("loss {:.4f}", value));
    }
    return EpochRecord{.epoch = epoch + 1, .loss = loss_sum / static_cast<double>(std::max<int64_t>(1, count))};
  }

  // Early stopping: keeps the parameters of the epoch with the best validation metric.
  void validate(EpochRecord& record) {
    if (data_.validation == nullptr) {
      training_.best_epoch = record.epoch;
      return;
    }
    FusionModule& module = run_.module;
    module.materialize(KeepContributions::kSkip);
    record.validation_metric = validation_metric([&](std::span<const UserState> users) { return module.score(users); },
                                                 *data_.validation, data_.metric);
    if (record.validation_metric > run_.best) {
      run_.keep_best(record.validation_metric);
      training_.best_epoch = record.epoch;
    }
    progress_.line(fmt::format("Epoch [{}/{}], validation {}: {:.4f}", record.epoch, epochs_, data_.metric,
                               record.validation_metric));
  }

  const FusionData& data_;
  const Params& params_;
  const FusionOptions& options_;
  const TrainingSteps& steps_;
  TrainingRun& run_;
  StepContext& context_;
  FusionTraining& training_;
  Progress& progress_;
  int64_t epochs_;
  int64_t steps_an_epoch_ = 0;  // of the first epoch; the schedule counts in these
};

}  // namespace

Result<FusionNetwork> FusionNetwork::train(const FusionData& data, const Params& params, const FusionOptions& options,
                                           FusionTraining& training) {
  const std::optional<Trend> trend = options.form == NetworkForm::kArticle ? std::nullopt : trend_of(*data.train);
  const Trend* const trend_on_cpu = trend ? &*trend : nullptr;
  const std::unique_ptr<TrainingSteps> steps = make_steps(options.form, data, params, trend_on_cpu);
  if (steps->users().empty()) {
    return fail(steps->nothing_to_learn());
  }
  HAINA_TRY(std::unique_ptr<FusionModule> module, make_module(data, params, trend_on_cpu, options));
  module->move_to(options.device);
  std::optional<Trend> trend_on_device = trend;
  if (trend_on_device) {
    trend_on_device->tables = trend_on_device->tables.to(options.device);
    trend_on_device->absent = trend_on_device->absent.to(options.device);
  }

  TrainingRun run(*module, steps->adam(), options.seed, steps->users());
  StepContext context = {
      .module = *module,
      .trend = trend_on_device ? &*trend_on_device : nullptr,
      .bf16 = options.form != NetworkForm::kArticle && params.number("bf16") > 0 && has_fast_bf16(options.device),
      .random = run.random,
      .dropout_generator = run.dropout_generator};
  EpochLoop loop(data, params, options, *steps, run, context, training);
  if (!loop.resume()) {
    log_warning("the checkpoint is of another network; training starts from the beginning");
    FusionOptions without_checkpoint = options;
    without_checkpoint.checkpoint.clear();
    training = {};
    return FusionNetwork::train(data, params, without_checkpoint, training);
  }
  HAINA_OK(loop.run());
  if (!options.checkpoint.empty() && !training.interrupted) {
    std::error_code ignored;  // a checkpoint that remains has no effect on later runs
    std::filesystem::remove_all(options.checkpoint, ignored);
  }

  run.restore_best();
  module->move_to(at::kCPU);
  module->materialize(KeepContributions::kKeep);
  FusionNetwork network;
  network.module_ = std::move(module);
  return network;
}

}  // namespace haina
