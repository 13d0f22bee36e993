#include "pipeline/train.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "base/log.h"
#include "fusion/validation.h"
#include "pipeline/pointwise.h"
#include "pipeline/prepare.h"
#include "pipeline/store_sources.h"
#include "pipeline/versions.h"

namespace haina {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kBatch = 256;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

Status check_stop(const StopFlag* stop) {
  if (stop != nullptr && stop->requested()) {
    return fail({ErrorCode::kInterrupted, "stopped before a model was whole", "",
                 "run haina train again; the earlier model is untouched"});
  }
  return ok();
}

using Settings = std::map<std::string, nlohmann::json>;  // expert -> parameters

// Every expert of the settings; where `all`, every expert that suits the data (one that does not is left out with a
// note). With a validation part, an expert without settings is tried with each of its variants, and the best by NDCG@10
// is kept.
Result<std::vector<NamedExpert>> fit_experts(const Config& config, const Settings& settings, bool all,
                                             const Interactions& known, std::span<const Field> fields,
                                             const HeldOut* validation, const TrainOptions& options) {
  std::vector<NamedExpert> fitted;
  const FitContext context = {.fields = fields, .seed = config.train.seed, .stop = options.stop};
  for (const ExpertEntry& entry : expert_entries()) {
    const auto wanted = settings.find(entry.name);
    if (!all && wanted == settings.end()) {
      continue;
    }
    std::vector<nlohmann::json> tried = {wanted == settings.end() ? nlohmann::json::object() : wanted->second};
    const auto settled = options.settled.find(entry.name);
    if (settled != options.settled.end() && tried.front().empty()) {
      tried.front() = settled->second;
    } else if (validation != nullptr && tried.front().empty()) {
      tried.insert(tried.end(), entry.variants.begin(), entry.variants.end());
    }
    std::optional<NamedExpert> best;
    double best_value = -1;
    for (const nlohmann::json& setting : tried) {
      HAINA_OK(check_stop(options.stop));
      Params params(entry.params);
      HAINA_OK(params.merge(setting, config.train.place));
      NamedExpert named = {entry.name, params.to_json(), entry.make(params)};
      if (const Status status = named.expert->fit(known, context); !status) {
        const bool skippable =
            status.error().code == ErrorCode::kUnsupported || status.error().code == ErrorCode::kBadData;
        if (wanted != settings.end() || !skippable) {
          return fail(status.error());
        }
        log(LogLevel::kDebug, fmt::format("expert {} left out: {}", entry.name, status.error().what));
        break;
      }
      const double value =
          tried.size() == 1
              ? 0
              : validation_ndcg([&](std::span<const UserState> users) { return named.expert->score(users); },
                                *validation);
      if (value > best_value) {
        best_value = value;
        best = std::move(named);
      }
    }
    if (best) {
      fitted.push_back(std::move(*best));
    }
  }
  for (const auto& [name, params] : settings) {
    HAINA_OK(find_expert(name, config.train.place));
  }
  return fitted;
}

Result<std::optional<FusionNetwork>> fit_network(const Config& config, const FusionData& data, int64_t epochs,
                                                 const TrainOptions& options, FusionTraining& training) {
  if (config.train.network == "none") {
    return std::nullopt;
  }
  Params params(fusion_params());
  HAINA_OK(params.merge(config.train.network_params, config.train.place));
  FusionOptions how = {.seed = config.train.seed, .epochs = epochs, .stop = options.stop, .progress = options.progress};
  if (data.validation != nullptr &&
      !options.checkpoint.empty()) {  // the long run; the last one, on all, knows its epochs and is short
    how.checkpoint = options.checkpoint;
    how.checkpoint_key = options.checkpoint_key;
  }
  Result<FusionNetwork> network = FusionNetwork::train(data, params, how, training);
  if (!network && config.train.network == "auto" &&
      (network.error().code == ErrorCode::kUnsupported || network.error().code == ErrorCode::kBadData)) {
    log_warning(fmt::format("fusion network left out: {}", network.error().what));
    return std::nullopt;
  }
  if (!network) {
    return fail(network.error());
  }
  return std::optional<FusionNetwork>(std::move(*network));
}

RankerSamples collect_samples(const Model& model, const HeldOut& held) {
  RankerSamples samples(std::ssize(model.names()));
  for (size_t begin = 0; begin < held.users.size(); begin += kBatch) {
    const std::span<const UserState> batch(held.users.data() + begin, std::min(kBatch, held.users.size() - begin));
    std::vector<at::Tensor> scores = model.score_each(batch);
    for (at::Tensor& s : scores) {
      s = standardise(s);
    }
    samples.add(scores, held, static_cast<int64_t>(begin));
  }
  return samples;
}

Settings settings_of(const std::vector<NamedExpert>& experts) {
  Settings settings;
  for (const NamedExpert& expert : experts) {
    settings[expert.name] = expert.params;
  }
  return settings;
}

// A time that no version has yet, nor has left a dataset of.
std::string new_version(const Config& config) {
  auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::string version;
  do {
    version = fmt::format("{:%Y%m%dT%H%M%S}", fmt::gmtime(now++));
  } while (std::filesystem::exists(config.models_folder() / version) ||
           std::filesystem::exists(dataset_folder(config, version)));
  return version;
}

nlohmann::json curve_of(const FusionTraining& training) {
  nlohmann::json curve = nlohmann::json::array();
  for (const EpochRecord& record : training.epochs) {
    curve.push_back(
        {{"epoch", record.epoch}, {"loss", record.loss}, {"val", record.validation_ndcg}, {"seconds", record.seconds}});
  }
  return curve;
}

}  // namespace

Result<Model> train_model(const Dataset& dataset, const Config& config, const Split& split,
                          const TrainOptions& options) {
  const auto started = Clock::now();

  // What may be known when choosing: the training part, and side sources free of everything held out.
  const Interactions training_part = known_events(dataset, split, Stage::kValidation);
  if (training_part.num_events() == 0) {
    return fail({ErrorCode::kBadData, "no goal event in the training part", config.split.place,
                 "check [project] goal and [split]; haina prepare shows how many events meet the goal"});
  }
  const ScannedFields choosing_fields = scan_fields(dataset, split, Stage::kValidation, config.train.without);
  const HeldOut validation = held_out(dataset, split, Stage::kValidation);
  if (validation.users.empty()) {
    return fail({ErrorCode::kBadData, "the validation part holds no goal event of any user", config.split.place,
                 "raise [split] validation"});
  }

  // Experts, then the network with early stopping, each on the training part.
  Model choosing;
  HAINA_TRY(choosing.experts, fit_experts(config, config.train.experts, config.train.experts.empty(), training_part,
                                          choosing_fields.fields, &validation, options));
  const double experts_seconds = seconds_since(started);
  FusionTraining training;
  HAINA_TRY(choosing.network,
            fit_network(config, {&training_part, choosing_fields.fields, &validation}, 0, options, training));

  const double network_seconds = seconds_since(started) - experts_seconds;

  // R learns on held-out targets that neither experts nor network have seen.
  Model model;
  model.ranker = fit_ranker(choosing.names(), collect_samples(choosing, validation), config.train.seed);

  // Scores become probabilities by what validation says of them.
  const auto blended = [&](std::span<const UserState> users) {
    return model.ranker.score(choosing.score_each(users), users);
  };
  const PointSample points = collect_points(dataset, split, Stage::kValidation, validation, blended, config.train.seed);
  const Calibration calibration = calibrate(points.scores, points.labels);

  const double ranker_seconds = seconds_since(started) - experts_seconds - network_seconds;

  // From here on nothing is chosen any more: everything is fitted again on training and validation, with the chosen
  // number of epochs.
  const Interactions known = known_events(dataset, split, Stage::kTest);
  const ScannedFields fields = scan_fields(dataset, split, Stage::kTest, config.train.without);
  FusionTraining refit;
  if (training.interrupted) {  // Ctrl-C keeps the best so far
    model.experts = std::move(choosing.experts);
    model.network = std::move(choosing.network);
  } else {
    HAINA_TRY(model.experts,
              fit_experts(config, settings_of(choosing.experts), false, known, fields.fields, nullptr, options));
    if (choosing.network) {
      HAINA_TRY(model.network,
                fit_network(config, {&known, fields.fields, nullptr}, training.best_epoch, options, refit));
    }
  }
  HAINA_ASSERT(model.names() == model.ranker.models);
  model.about = {{"users", dataset.users.size()},
                 {"items", dataset.items.size()},
                 {"seed", config.train.seed},
                 {"split", config.split.by},
                 {"without", config.train.without},
                 {"leaks", fields.leaks},
                 {"curve", curve_of(training)},
                 {"best_epoch", training.best_epoch},
                 {"interrupted", training.interrupted},
                 {"resumed_at", training.resumed_at},
                 {"calibration",
                  {{"slope", calibration.slope},
                   {"offset", calibration.offset},
                   {"negatives", points.sampled ? "sampled" : "observed"}}},
                 {"seconds",
                  {{"experts", experts_seconds},
                   {"network", network_seconds},
                   {"ranker", ranker_seconds},
                   {"total", seconds_since(started)}}}};
  return model;
}

namespace {

// More of what is said of the version beside what training says.
Status train_version(const Dataset& dataset, const Config& config, const std::string& version,
                     const nlohmann::json& more, const TrainOptions& options) {
  HAINA_TRY(const Split split, make_split(dataset, config.split));
  TrainOptions keeping = options;
  keeping.checkpoint = config.output_folder() / "checkpoint";
  keeping.checkpoint_key =
      nlohmann::json{dataset.provenance,          config.split.by,     config.split.seed, config.train.seed,
                     config.train.network_params, config.train.without}
          .dump();
  HAINA_TRY(Model model, train_model(dataset, config, split, keeping));
  model.about.update(more);
  HAINA_OK(save_model(model, config.models_folder() / version));
  return use_version(config, version);
}

}  // namespace

Result<std::filesystem::path> run_train(const Dataset& dataset, const Config& config, const TrainOptions& options) {
  const std::string version = new_version(config);
  HAINA_OK(train_version(dataset, config, version, nlohmann::json::object(), options));
  return config.models_folder() / version;
}

Result<std::filesystem::path> run_train_from_store(const Config& config, const std::string& store_url,
                                                   const TrainOptions& options) {
  HAINA_TRY(Store store, Store::open(store_url));
  const std::string version = new_version(config);
  const std::filesystem::path folder = dataset_folder(config, version).parent_path();
  HAINA_TRY(const WithStore with, with_store(config, store, folder));
  const auto train = [&]() -> Status {
    HAINA_TRY(const Dataset dataset, run_prepare(with.config, {.stop = options.stop, .progress = options.progress}));
    return train_version(dataset, config, version,
                         {{"store", {{"last_number", with.last_number}, {"events", with.events}}}}, options);
  };
  if (const Status trained = train(); !trained) {
    std::error_code ignored;  // what is left is of no use
    std::filesystem::remove_all(folder, ignored);
    return fail(trained.error());
  }
  return config.models_folder() / version;
}

}  // namespace haina
