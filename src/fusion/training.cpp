// The training of the fusion network: batches, loss, early stopping, and a run kept on disk between epochs.
#include <fmt/format.h>

#include <array>
#include <chrono>

#include "base/log.h"
#include "base/seed.h"
#include "fusion/adam.h"
#include "fusion/batches.h"
#include "fusion/checkpoint.h"
#include "fusion/fusion.h"
#include "fusion/module.h"
#include "fusion/validation.h"

namespace haina {
namespace {

// The softmax is over all of so many items (256 x 60 k x 4 B = 61 MB of logits, of which a step holds a few); beyond,
// over a sample.
constexpr int64_t kWholeSoftmax = 60'000;
constexpr int64_t kSampled = 16'384;

const std::array<ParamSpec, 12> kParams = {{
    {.name = "width", .value = 128, .min = 8, .max = 4096, .doc = "width of the fused vectors"},
    {.name = "epochs", .value = 30, .min = 1, .max = 10000, .doc = "passes over all users at most"},
    {.name = "batch", .value = 256, .min = 1, .max = 65536, .doc = "users a step"},
    {.name = "learning_rate", .value = 2e-3, .min = 1e-7, .max = 1, .doc = "peak of the cosine schedule"},
    {.name = "dropout", .value = 0.5, .min = 0, .max = 0.95, .doc = "share of the user vector dropped while training"},
    {.name = "source_dropout",
     .value = 0.1,
     .min = 0,
     .max = 0.9,
     .doc = "chance that a whole source is dropped in a step"},
    {.name = "history_dropout",
     .value = 0.1,
     .min = 0,
     .max = 0.9,
     .doc = "chance that a user's whole history is removed in a step: what newcomers look like"},
    {.name = "scale", .value = 12, .min = 1, .max = 100, .doc = "first value of the learned scale of the cosine"},
    {.name = "behaviour",
     .value = 1,
     .min = 0,
     .max = 1,
     .doc = "1: the order of histories is a source where events have times; 0: it is not"},
    {.name = "bf16",
     .value = 1,
     .min = 0,
     .max = 1,
     .doc = "1: products of users and items in bfloat16 where the CPU has instructions for it; 0: in float32"},
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
}};

at::Tensor drop(const at::Tensor& x, double share, at::Generator& generator) {
  if (share <= 0) {
    return x;
  }
  return x * at::empty_like(x).bernoulli_(1 - share, generator).div_(1 - share);
}

Result<std::unique_ptr<FusionModule>> make_module(const FusionData& data, const Params& params, const Trend* trend,
                                                  uint64_t seed) {
  auto module = std::make_unique<FusionModule>();
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
  if (trend != nullptr && params.number("behaviour") > 0) {  // without times a history has no order
    const Field field = behaviour_field(data.train->num_users);
    HAINA_TRY(Source source, make_source(field.full_name(), field, context));
    module->user_sources.push_back(std::move(source));
  }
  module->create(seed);
  return module;
}

// All that the next epoch depends on, and the best so far.
struct Run {
  Run(FusionModule& trained, uint64_t seed, std::vector<int32_t> users)
      : module(trained),
        adam(trained.parameters(), {}),
        draws(make_generator(seed, "fusion/dropout")),
        random(seed, "fusion/batches"),
        order(std::move(users)) {}

  Checkpoint pack(const FusionTraining& training) const {
    Checkpoint checkpoint;
    for (const auto& parameter : module.named_parameters()) {
      checkpoint.tensors["parameter/" + parameter.key()] = parameter.value().detach();
    }
    for (const auto& [name, tensor] : best_state) {
      checkpoint.tensors["best/" + name] = tensor;
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
  bool halves = false;  // see product()
  Adam adam;
  at::Generator draws;
  RandomStream random;
  std::vector<int32_t> order;  // of the users
  double best = -1;
  TensorMap best_state;
};

bool multiplies_halves() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

// a b, of halves (bfloat16) where the CPU multiplies those: their sums stay float32.
at::Tensor product(const at::Tensor& a, const at::Tensor& b, bool halves) {
  return halves ? at::matmul(a.to(at::kBFloat16), b.to(at::kBFloat16)).to(at::kFloat) : at::matmul(a, b);
}

// Softmax cross-entropy of the removed items against all that were not kept, float32 [].
at::Tensor loss_of(const Batch& batch, const Trend* trend, const Params& params, Run& run) {
  FusionModule& module = run.module;
  const double source_dropout = params.number("source_dropout");
  std::vector<bool> kept(module.item_sources.size(), true);
  for (size_t s = 0; s < kept.size(); ++s) {
    kept[s] = kept.size() == 1 || run.random.uniform() >= source_dropout;
  }
  if (std::ranges::find(kept, true) == kept.end()) {
    kept[0] = true;
  }
  const at::Tensor q = unit(module.fuse_items(kept, Parts::kSkip, batch.candidates).q);  // [C, width]
  at::Tensor p = module.user_vector(product(batch.kept, q, run.halves), batch.has_history);
  for (size_t s = 0; s < module.user_sources.size(); ++s) {
    if (run.random.uniform() >= source_dropout) {
      const Source& source = module.user_sources[s];
      const at::Tensor rows = source.is_behaviour()
                                  ? module.behaviour_rows(source, q, batch.recent, batch.ages, batch.lengths)
                                  : module.user_source_rows(source, batch.users);
      p = p + rows * module.user_gain[static_cast<int64_t>(s)];
    }
  }
  p = module.bounded(drop(p, params.number("dropout"), run.draws));
  const bool sampled = batch.candidates.defined();
  at::Tensor logits = product(p, q.t(), run.halves) * module.scale +
                      (sampled ? module.bias.index_select(0, batch.candidates) + batch.log_weight : module.bias);
  if (trend != nullptr) {
    const auto [distinct, place, counts] = at::_unique2(batch.moments, true, true);
    const at::Tensor tables = sampled ? trend->tables.index_select(2, batch.candidates) : trend->tables;
    logits = logits + at::matmul(module.trend_weight, tables.index_select(0, distinct)).index_select(0, place);
  }
  logits = logits.masked_fill(batch.kept.ne(0), kMasked);
  return (at::log_softmax(logits, 1) * batch.target).sum() / -batch.weight;
}

// A run on disk that cannot be written is no reason to lose the one in memory.
void keep_on_disk(const FusionOptions& options, const Checkpoint& checkpoint) {
  if (const Status status = save_checkpoint(options.checkpoint, options.checkpoint_key, checkpoint); !status) {
    log_warning("no checkpoint: " + to_text(status.error()));
  }
}

}  // namespace

std::span<const ParamSpec> fusion_params() { return kParams; }

Result<FusionNetwork> FusionNetwork::train(const FusionData& data, const Params& params, const FusionOptions& options,
                                           FusionTraining& training) {
  const std::optional<Trend> trend_found = trend_of(*data.train);
  const Trend* const trend = trend_found ? &*trend_found : nullptr;
  const int64_t given = params.integer("candidates");
  const int64_t candidates = given > 0 || data.train->num_items <= kWholeSoftmax ? given : kSampled;
  const Batches batches(*data.train, trend, params.number("history_dropout"), candidates);
  if (batches.users().empty()) {
    return fail({ErrorCode::kBadData, "no user has two different items in the training part", "",
                 "give more events, or set [train] network = \"none\""});
  }
  HAINA_TRY(std::unique_ptr<FusionModule> module, make_module(data, params, trend, options.seed));
  Run run(*module, options.seed, batches.users());
  run.halves = params.number("bf16") > 0 && multiplies_halves();
  Progress& progress = options.progress != nullptr ? *options.progress : no_progress();
  const int64_t epochs = options.epochs > 0 ? options.epochs : params.integer("epochs");
  const int64_t num_users = std::ssize(run.order);
  const int64_t batch_size = std::min<int64_t>(params.integer("batch"), std::max<int64_t>(16, num_users / 16));
  const int64_t steps = (num_users + batch_size - 1) / batch_size;
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
  progress.start("train the fusion network", epochs * steps);
  for (int64_t epoch = training.resumed_at; epoch < epochs && !training.interrupted; ++epoch) {
    if (data.validation != nullptr && epoch > 0 && epoch - training.best_epoch >= params.integer("patience")) {
      break;
    }
    const auto started = std::chrono::steady_clock::now();
    run.shuffle();
    double loss_sum = 0;
    for (int64_t step = 0; step < steps; ++step) {
      if (options.stop != nullptr && options.stop->requested()) {
        training.interrupted = true;
        break;
      }
      const int64_t begin = step * batch_size;
      const std::span<const int32_t> users(run.order.data() + begin,
                                           static_cast<size_t>(std::min(batch_size, num_users - begin)));
      const Batch batch = batches.draw(users, run.random);
      const at::Tensor loss = loss_of(batch, trend, params, run);
      const double value = loss.item<double>();
      if (!std::isfinite(value)) {
        return fail({ErrorCode::kBadData,
                     fmt::format("the loss is {} at epoch {}, step {}", value, epoch + 1, step + 1), "",
                     "lower [train.network_params] learning_rate"});
      }
      loss.backward();
      run.adam.step(cosine_rate(params.number("learning_rate"), epoch * steps + step, epochs * steps,
                                std::min<int64_t>(50, epochs * steps / 20 + 1)));
      loss_sum += value;
      if (step + 1 == steps || (step + 1) % 10 == 0) {
        progress.line(
            fmt::format("Epoch [{}/{}], Step [{}/{}], Loss: {:.4f}", epoch + 1, epochs, step + 1, steps, value));
      }
      progress.update(epoch * steps + step + 1, fmt::format("loss {:.4f}", value));
    }
    if (training.interrupted && epoch > 0) {
      break;
    }
    EpochRecord record = {epoch + 1, loss_sum / static_cast<double>(steps), -1, 0};
    if (data.validation == nullptr) {
      training.best_epoch = epoch + 1;
    } else {
      module->finish(Parts::kSkip);
      record.validation_ndcg =
          validation_ndcg([&](std::span<const UserState> users) { return module->score(users); }, *data.validation);
      if (record.validation_ndcg > run.best) {
        run.keep_as_best(record.validation_ndcg);
        training.best_epoch = epoch + 1;
      }
      progress.line(
          fmt::format("Epoch [{}/{}], validation NDCG@10: {:.4f}", epoch + 1, epochs, record.validation_ndcg));
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
  module->finish(Parts::kKeep);
  FusionNetwork network;
  network.module_ = std::move(module);
  return network;
}

}  // namespace haina
