// The training of the fusion network: batches, loss, early stopping, and a run kept on disk between epochs.
#include <fmt/format.h>

#include <chrono>

#include "base/log.h"
#include "base/seed.h"
#include "fusion/adam.h"
#include "fusion/masked_batches.h"
#include "fusion/checkpoint.h"
#include "fusion/fusion.h"
#include "fusion/losses.h"
#include "fusion/module.h"
#include "fusion/sequences.h"
#include "metrics/validation_metric.h"

namespace haina {
namespace {

// The softmax is over all of so many items (256 x 60 k x 4 B = 61 MB of logits, of which a step holds a few); beyond,
// over a sample.
constexpr int64_t kWholeSoftmax = 60'000;
constexpr int64_t kSampled = 16'384;

const ParamSpec kWidth = {.name = "width", .value = 128, .min = 8, .max = 4096, .doc = "width of the fused vectors"};
const ParamSpec kRate = {
    .name = "learning_rate", .value = 2e-3, .min = 1e-7, .max = 1, .doc = "peak of the cosine schedule"};
const ParamSpec kSourceDropout = {.name = "source_dropout",
                                  .value = 0.1,
                                  .min = 0,
                                  .max = 0.9,
                                  .doc = "chance that a whole source is dropped in a step"};
const ParamSpec kHistoryDropout = {
    .name = "history_dropout",
    .value = 0.1,
    .min = 0,
    .max = 0.9,
    .doc = "chance that a user's whole history is removed in a step: what newcomers look like"};
const ParamSpec kAlignment = {
    .name = "alignment",
    .value = 0,
    .min = 0,
    .max = 100,
    .doc = "weight of the loss by which the sources of one item must find each other among those of others; 0: none"};
const ParamSpec kHalves = {
    .name = "bf16",
    .value = 1,
    .min = 0,
    .max = 1,
    .doc =
        "1: products of users and items in bfloat16 on a GPU, or where the CPU has instructions for it; 0: in float32"};

const std::vector<ParamSpec> kSetParams = {
    {.name = "width", .value = 256, .min = 8, .max = 4096, .doc = "width of the fused vectors"},
    {.name = "epochs", .value = 30, .min = 1, .max = 10000, .doc = "passes over all users at most"},
    {.name = "batch", .value = 256, .min = 1, .max = 65536, .doc = "users a step"},
    kRate,
    {.name = "dropout", .value = 0.5, .min = 0, .max = 0.95, .doc = "share of the user vector dropped while training"},
    {.name = "dense_dropout",
     .value = 0.3,
     .min = 0,
     .max = 0.95,
     .doc = "the same where histories are long, more than 60 items in the mean"},
    kSourceDropout,
    kHistoryDropout,
    kAlignment,
    {.name = "attention",
     .value = 0,
     .min = 0,
     .max = 1,
     .doc = "1: a learned query weighs the items of a history; 0: all weigh the same"},
    {.name = "scale", .value = 12, .min = 1, .max = 100, .doc = "first value of the learned scale of the cosine"},
    {.name = "behaviour",
     .value = 1,
     .min = 0,
     .max = 1,
     .doc = "1: the order of histories is a source where events have times; 0: it is not"},
    kHalves,
    {.name = "candidates",
     .value = 0,
     .min = 0,
     .max = 1e9,
     .doc = "items that a step's softmax is over: its users' own, and others drawn, weighed for those that are not; 0: "
            "all of up to 60,000, else 16,384"},
    {.name = "patience",
     .value = 10,
     .min = 1,
     .max = 1000,
     .doc = "epochs without a better validation before stopping"},
};

const std::vector<ParamSpec> kSequenceParams = {
    kWidth,
    {.name = "epochs", .value = 12, .min = 1, .max = 10000, .doc = "passes over all histories at most"},
    {.name = "tokens", .value = 2048, .min = 16, .max = 1e6, .doc = "next items asked for in a step"},
    {.name = "length", .value = 50, .min = 2, .max = 4096, .doc = "newest events that a position sees"},
    {.name = "recurrent", .value = 0, .min = 0, .max = 1, .doc = "1: a GRU reads the history, not a transformer"},
    {.name = "layers", .value = 2, .min = 1, .max = 64, .doc = "blocks of the transformer, or layers of the GRU"},
    {.name = "heads", .value = 2, .min = 1, .max = 64, .doc = "heads of attention"},
    kRate,
    {.name = "input_dropout", .value = 0.4, .min = 0, .max = 0.95, .doc = "share of the item vectors dropped"},
    {.name = "dropout", .value = 0.5, .min = 0, .max = 0.95, .doc = "share dropped of what each half block adds"},
    {.name = "attention_dropout", .value = 0.25, .min = 0, .max = 0.95, .doc = "share of attention weights dropped"},
    kSourceDropout,
    kHistoryDropout,
    kAlignment,
    {.name = "scale", .value = 14, .min = 1, .max = 100, .doc = "first value of the learned scale of the cosine"},
    kHalves,
    {.name = "negatives",
     .value = 1000,
     .min = 0,
     .max = 1e9,
     .doc = "items drawn that a step's softmax is over beside its targets, where there are more than 5,000; 0: all"},
    {.name = "patience",
     .value = 3,
     .min = 1,
     .max = 1000,
     .doc = "epochs without a better validation before stopping"},
};

Result<std::unique_ptr<FusionModule>> make_module(const FusionData& data, const Params& params, const Trend* trend,
                                                  const FusionOptions& options) {
  auto module = std::make_unique<FusionModule>();
  const uint64_t seed = options.seed;
  module->form = options.form;
  module->width = params.integer("width");
  module->num_items = data.train->num_items;
  module->params = params;
  if (trend != nullptr) {
    module->trend_now = trend->now;
  }
  const EncoderContext context = {.width = module->width, .train = data.train, .fields = data.fields, .seed = seed};
  HAINA_TRY(Source id, make_source("id", id_field(module->num_items), context));
  module->item_sources.push_back(std::move(id));
  for (const Field& field : data.fields) {
    if (encoder_for(field) == nullptr || !field.present().any().item<bool>()) {
      continue;
    }
    HAINA_TRY(Source source, make_source(field.full_name(), field, context));
    (field.side == Side::kItem ? module->item_sources : module->user_sources).push_back(std::move(source));
  }
  if (module->form == NetworkForm::kSet && trend != nullptr &&
      params.number("behaviour") > 0) {  // without times a history has no order
    const Field field = behaviour_field(data.train->num_users);
    HAINA_TRY(Source source, make_source(field.full_name(), field, context));
    module->user_sources.push_back(std::move(source));
  }
  module->create(seed);
  return module;
}

// All that the next epoch depends on, and the best so far.
struct Run {
  Run(FusionModule& trained, const AdamOptions& adam_options, uint64_t seed, std::vector<int32_t> users)
      : module(trained),
        adam(trained.parameters(), adam_options),
        draws(make_generator(seed, "fusion/dropout")),
        random(seed, "fusion/batches"),
        order(std::move(users)) {}

  Checkpoint pack(const FusionTraining& training) const {
    Checkpoint checkpoint;
    for (const auto& parameter : module.named_parameters()) {
      checkpoint.tensors["parameter/" + parameter.key()] = parameter.value().detach().cpu();
    }
    for (const auto& [name, tensor] : best_state) {
      checkpoint.tensors["best/" + name] = tensor.cpu();
    }
    adam.pack(checkpoint.tensors);
    checkpoint.tensors["order"] = at::tensor(order, at::kInt);
    checkpoint.tensors["random"] = random.state();
    checkpoint.tensors["draws"] = draws.get_state();
    checkpoint.about = {{"best", best}, {"best_epoch", training.best_epoch}, {"curve", nlohmann::json::array()}};
    for (const EpochRecord& record : training.epochs) {
      checkpoint.about["curve"].push_back({record.epoch, record.loss, record.validation_ndcg, record.seconds});
    }
    return checkpoint;
  }

  // false, with the run half changed, where the checkpoint is of another network.
  bool go_on_from(const Checkpoint& checkpoint, FusionTraining& training) {
    const at::NoGradGuard no_grad;
    for (auto& parameter : module.named_parameters()) {
      const auto found = checkpoint.tensors.find("parameter/" + parameter.key());
      if (found == checkpoint.tensors.end() || found->second.sizes() != parameter.value().sizes()) {
        return false;
      }
      parameter.value().copy_(found->second);
    }
    for (const auto& [name, tensor] : checkpoint.tensors) {
      if (name.starts_with("best/")) {
        best_state[name.substr(5)] = tensor.clone();
      }
    }
    const auto sound = [&](const char* name, int64_t size) {
      const auto found = checkpoint.tensors.find(name);
      return found != checkpoint.tensors.end() && found->second.numel() == size;
    };
    if (!adam.restore(checkpoint.tensors) || !sound("order", std::ssize(order)) || !sound("random", 4) ||
        !sound("draws", draws.get_state().numel())) {
      return false;
    }
    const int32_t* const saved = checkpoint.tensors.at("order").const_data_ptr<int32_t>();
    order.assign(saved, saved + order.size());
    random.set(checkpoint.tensors.at("random"));
    draws.set_state(checkpoint.tensors.at("draws").clone());
    best = checkpoint.about.at("best");
    training.best_epoch = checkpoint.about.at("best_epoch");
    for (const nlohmann::json& record : checkpoint.about.at("curve")) {
      training.epochs.push_back({record.at(0), record.at(1), record.at(2), record.at(3)});
    }
    training.resumed_at = std::ssize(training.epochs);
    return true;
  }

  void shuffle() {
    for (size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[static_cast<size_t>(random.below(static_cast<int64_t>(i)))]);
    }
  }

  void keep_as_best(double value) {
    best = value;
    best_state.clear();
    for (const auto& parameter : module.named_parameters()) {
      best_state[parameter.key()] = parameter.value().detach().clone();
    }
  }

  void go_back_to_best() {
    const at::NoGradGuard no_grad;
    for (auto& parameter : module.named_parameters()) {
      if (const auto found = best_state.find(parameter.key()); found != best_state.end()) {
        parameter.value().copy_(found->second);
      }
    }
  }

  FusionModule& module;
  Adam adam;
  at::Generator draws;
  RandomStream random;
  std::vector<int32_t> order;  // of the users
  double best = -1;
  TensorMap best_state;
};

// The steps of an epoch, of either form.
class Steps {
 public:
  virtual ~Steps() = default;
  virtual std::vector<int32_t> users() const = 0;  // whose order is shuffled
  // What each step is of, from the shuffled users.
  virtual std::vector<std::vector<int32_t>> plan(std::span<const int32_t> order, RandomStream& random) const = 0;
  virtual at::Tensor loss(std::span<const int32_t> step, StepContext& context) const = 0;
  virtual int64_t warm_up(int64_t total) const = 0;
};

class SetSteps final : public Steps {
 public:
  SetSteps(const FusionData& data, const Params& params, const Trend* trend)
      : batches_(*data.train, trend, params.number("history_dropout"), candidates_of(data, params)),
        size_(std::min<int64_t>(params.integer("batch"), std::max<int64_t>(16, std::ssize(batches_.users()) / 16))) {}
  std::vector<int32_t> users() const override { return batches_.users(); }
  std::vector<std::vector<int32_t>> plan(std::span<const int32_t> order, RandomStream&) const override {
    std::vector<std::vector<int32_t>> steps;
    for (size_t begin = 0; begin < order.size(); begin += static_cast<size_t>(size_)) {
      const auto part = order.subspan(begin, std::min(order.size() - begin, static_cast<size_t>(size_)));
      steps.emplace_back(part.begin(), part.end());
    }
    return steps;
  }
  at::Tensor loss(std::span<const int32_t> step, StepContext& context) const override {
    return set_loss(moved(batches_.draw(step, context.random), context.module.device), context);
  }
  int64_t warm_up(int64_t total) const override { return std::min<int64_t>(50, total / 20 + 1); }

 private:
  static int64_t candidates_of(const FusionData& data, const Params& params) {
    const int64_t given = params.integer("candidates");
    return given > 0 || data.train->num_items <= kWholeSoftmax ? given : kSampled;
  }
  Batches batches_;
  int64_t size_;
};

class SequenceSteps final : public Steps {
 public:
  SequenceSteps(const FusionData& data, const Params& params, const Trend* trend)
      : sequences_(*data.train, trend,
                   {.longest = params.integer("length"),
                    .tokens = params.integer("tokens"),
                    .negatives = data.train->num_items <= kFewItems ? 0 : params.integer("negatives")}) {}
  std::vector<int32_t> users() const override { return std::vector<int32_t>(sequences_.num_targets() > 0 ? 1 : 0, 0); }
  std::vector<std::vector<int32_t>> plan(std::span<const int32_t>, RandomStream& random) const override {
    return sequences_.plan(random);
  }
  at::Tensor loss(std::span<const int32_t> step, StepContext& context) const override {
    return sequence_loss(moved(sequences_.draw(step, context.random), context.module.device), context);
  }
  int64_t warm_up(int64_t total) const override { return std::min<int64_t>(100, total / 20 + 1); }

 private:
  static constexpr int64_t kFewItems = 5000;
  Sequences sequences_;
};

// A run on disk that cannot be written is no reason to lose the one in memory.
void keep_on_disk(const FusionOptions& options, const Checkpoint& checkpoint) {
  if (const Status status = save_checkpoint(options.checkpoint, options.checkpoint_key, checkpoint); !status) {
    log_warning("no checkpoint: " + to_text(status.error()));
  }
}

}  // namespace

std::span<const ParamSpec> fusion_params(NetworkForm form) {
  return form == NetworkForm::kSequence ? kSequenceParams : kSetParams;
}

Result<FusionNetwork> FusionNetwork::train(const FusionData& data, const Params& params, const FusionOptions& options,
                                           FusionTraining& training) {
  const std::optional<Trend> trend_found = trend_of(*data.train);
  const Trend* const trend = trend_found ? &*trend_found : nullptr;
  const bool sequence = options.form == NetworkForm::kSequence;
  std::unique_ptr<Steps> steps;
  if (sequence) {
    steps = std::make_unique<SequenceSteps>(data, params, trend);
  } else {
    steps = std::make_unique<SetSteps>(data, params, trend);
  }
  if (steps->users().empty()) {
    return fail({ErrorCode::kBadData, "no user has two different items in the training part", "",
                 "give more events, or set [train] network = \"none\""});
  }
  HAINA_TRY(std::unique_ptr<FusionModule> module, make_module(data, params, trend, options));
  module->move_to(options.device);
  std::optional<Trend> trend_there = trend_found;
  if (trend_there) {
    trend_there->tables = trend_there->tables.to(options.device);
  }
  Run run(*module, {.clip_norm = sequence ? 1.0 : 5.0}, options.seed, steps->users());
  StepContext context = {.module = *module,
                         .trend = trend_there ? &*trend_there : nullptr,
                         .halves = params.number("bf16") > 0 && multiplies_halves(options.device),
                         .random = run.random,
                         .draws = run.draws};
  Progress& progress = options.progress != nullptr ? *options.progress : no_progress();
  const int64_t epochs = options.epochs > 0 ? options.epochs : params.integer("epochs");
  const int64_t schedule = std::max(epochs, options.schedule);
  if (!options.checkpoint.empty()) {
    if (const auto checkpoint = load_checkpoint(options.checkpoint, options.checkpoint_key)) {
      if (!run.go_on_from(*checkpoint, training)) {
        FusionOptions anew = options;
        anew.checkpoint.clear();
        log_warning("the checkpoint does not fit; training starts anew");
        return FusionNetwork::train(data, params, anew, training);
      }
      progress.line(fmt::format("going on after epoch {} of {}", training.resumed_at, epochs));
    }
  }
  auto saved_at = std::chrono::steady_clock::now();
  int64_t a_epoch = 0;  // steps of the first epoch
  {
    RandomStream other(options.seed, "fusion/plan");
    a_epoch = std::ssize(steps->plan(run.order, other));
  }
  progress.start("train the fusion network", epochs * a_epoch);
  for (int64_t epoch = training.resumed_at; epoch < epochs && !training.interrupted; ++epoch) {
    if (data.validation != nullptr && epoch > 0 && epoch - training.best_epoch >= params.integer("patience")) {
      break;
    }
    const auto started = std::chrono::steady_clock::now();
    run.shuffle();
    const std::vector<std::vector<int32_t>> plan = steps->plan(run.order, run.random);
    const int64_t count = std::ssize(plan);
    double loss_sum = 0;
    for (int64_t step = 0; step < count; ++step) {
      if (options.stop != nullptr && options.stop->requested()) {
        training.interrupted = true;
        break;
      }
      const at::Tensor loss = steps->loss(plan[static_cast<size_t>(step)], context);
      const double value = loss.item<double>();
      if (!std::isfinite(value)) {
        return fail({ErrorCode::kBadData,
                     fmt::format("the loss is {} at epoch {}, step {}", value, epoch + 1, step + 1), "",
                     "lower [train.network_params] learning_rate"});
      }
      loss.backward();
      run.adam.step(cosine_rate(params.number("learning_rate"), epoch * a_epoch + step, schedule * a_epoch,
                                steps->warm_up(schedule * a_epoch)));
      loss_sum += value;
      if (step + 1 == count || (step + 1) % 10 == 0) {
        progress.line(
            fmt::format("Epoch [{}/{}], Step [{}/{}], Loss: {:.4f}", epoch + 1, epochs, step + 1, count, value));
      }
      progress.update(epoch * a_epoch + step + 1, fmt::format("loss {:.4f}", value));
    }
    if (training.interrupted && epoch > 0) {
      break;
    }
    EpochRecord record = {epoch + 1, loss_sum / static_cast<double>(std::max<int64_t>(1, count)), -1, 0};
    if (data.validation == nullptr) {
      training.best_epoch = epoch + 1;
    } else {
      module->finish(Parts::kSkip);
      record.validation_ndcg = validation_metric([&](std::span<const UserState> users) { return module->score(users); },
                                                 *data.validation, data.metric);
      if (record.validation_ndcg > run.best) {
        run.keep_as_best(record.validation_ndcg);
        training.best_epoch = epoch + 1;
      }
      progress.line(
          fmt::format("Epoch [{}/{}], validation {}: {:.4f}", epoch + 1, epochs, data.metric, record.validation_ndcg));
    }
    record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    training.epochs.push_back(record);
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - saved_at;
    // An epoch that was broken off is none to go on from.
    if (!options.checkpoint.empty() && !training.interrupted && since.count() >= options.checkpoint_seconds) {
      keep_on_disk(options, run.pack(training));
      saved_at = std::chrono::steady_clock::now();
    }
  }
  progress.finish();
  if (!options.checkpoint.empty() && !training.interrupted) {
    std::error_code ignored;  // one that stays is of use for nothing, and harms nothing
    std::filesystem::remove_all(options.checkpoint, ignored);
  }
  run.go_back_to_best();
  module->move_to(at::kCPU);
  module->finish(Parts::kKeep);
  FusionNetwork network;
  network.module_ = std::move(module);
  return network;
}

}  // namespace haina
