#include "pipeline/train.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <set>

#include "base/device.h"
#include "base/files.h"
#include "base/log.h"
#include "base/suggest.h"
#include "evaluation/evaluate.h"
#include "metrics/validation_metric.h"
#include "pipeline/action_models.h"
#include "pipeline/calibration.h"
#include "pipeline/prepare.h"
#include "pipeline/store_snapshot.h"
#include "pipeline/tune.h"
#include "model/versions.h"

namespace haina {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kBatch = 256;
constexpr int64_t kRankerUsers = 8192;  // held-out users that R learns from at most

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

using Settings = std::map<std::string, nlohmann::json>;  // expert -> parameters

// What experts are fitted on, and who judges their settings; without judges every setting is as given.
struct ExpertsOn {
  const Interactions& known;
  Interactions others;  // events of the same part that are no goals
  std::span<const Field> fields;
  bool ordered = true;
  at::Device device = at::kCPU;
  const HeldOut* judges = nullptr;
};

// The expert of every name of the settings, or, where `all`, of every entry; where settings are still looked for, an
// entry with an instance for each source stands for all of them.
Result<std::vector<ExpertTask>> expert_tasks(const Config& config, const Settings& settings, bool all,
                                             const ExpertsOn& on, const TrainOptions& options) {
  std::vector<ExpertTask> tasks;
  std::vector<std::string> known;
  const auto add = [&](const ExpertEntry& entry, const std::string& name, std::span<const Field> fields) {
    known.push_back(name);
    const auto wanted = settings.find(name);
    const auto of_entry = settings.find(entry.name);
    if (!all && wanted == settings.end() && (on.judges == nullptr || of_entry == settings.end())) {
      return;
    }
    ExpertTask task = {.entry = &entry, .name = name, .fields = fields, .required = wanted != settings.end()};
    const auto settled = options.settled.find(name);
    if (wanted != settings.end() && !wanted->second.empty()) {
      task.settings = wanted->second;
    } else if (settled != options.settled.end()) {
      task.settings = settled->second;
    } else if (of_entry != settings.end()) {
      task.settings = of_entry->second;
    }
    task.settled = on.judges == nullptr || !task.settings.empty();
    tasks.push_back(std::move(task));
  };
  for (const ExpertEntry& entry : expert_entries()) {
    add(entry, entry.name, on.fields);
    for (size_t f = 0; entry.per_source && f < on.fields.size(); ++f) {
      if (on.fields[f].side == Side::kItem) {
        add(entry, entry.name + "." + on.fields[f].full_name(), on.fields.subspan(f, 1));
      }
    }
  }
  for (const auto& [name, params] : settings) {
    HAINA_TRY(const ExpertEntry* const entry, find_expert(name, config.train.place));
    const bool without = std::ranges::any_of(config.train.without, [&, prefix = entry->name + "."](const auto& source) {
      return name.starts_with(prefix + source + ".");
    });
    if (!without && std::ranges::find(known, name) == known.end()) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("expert '{}' is on a source that there is not", name),
                   config.train.place, did_you_mean(name, known)});
    }
  }
  return tasks;
}

// Every expert of the settings; where `all`, every expert that suits the data (one that does not is left out with a
// note). With judges, an expert without settings gets the best that is found.
Result<std::vector<NamedExpert>> fit_experts(const Config& config, const Settings& settings, bool all,
                                             const ExpertsOn& on, const TrainOptions& options, TrialLog& log) {
  HAINA_TRY(const std::vector<ExpertTask> tasks, expert_tasks(config, settings, all, on, options));
  HAINA_TRY(std::vector<NamedExpert> fitted, tune_experts(tasks,
                                                          {.train = &on.known,
                                                           .others = &on.others,
                                                           .ordered = on.ordered,
                                                           .judges = on.judges,
                                                           .metric = config.train.metric,
                                                           .seed = config.train.seed,
                                                           .budget_seconds = config.train.budget_seconds,
                                                           .place = config.train.place,
                                                           .stop = options.stop,
                                                           .progress = options.progress,
                                                           .device = on.device},
                                                          log));
  // Where one source alone has features, the expert on it is the one on all of them.
  for (const ExpertEntry& entry : expert_entries()) {
    const auto on_a_source = [&](const NamedExpert& expert) {
      return entry.per_source && expert.name.starts_with(entry.name + ".") && !settings.contains(expert.name);
    };
    if (std::ranges::count_if(fitted, on_a_source) == 1) {
      std::erase_if(fitted, on_a_source);
    }
  }
  return fitted;
}

Result<std::optional<FusionNetwork>> fit_network(const Config& config, const FusionData& data, int64_t epochs,
                                                 at::Device device, const TrainOptions& options,
                                                 FusionTraining& training) {
  if (config.train.network == "none") {
    return std::nullopt;
  }
  // Where one next event of each user is asked for, order says most; the set form, which sees it through the source
  // `behaviour`, is for what is left.
  const bool sequence =
      config.train.network == "sequence" || (config.train.network == "auto" && config.split.by == "leave_last");
  const NetworkForm form = sequence ? NetworkForm::kSequence : NetworkForm::kSet;
  Params params(fusion_params(form));
  HAINA_OK(params.merge(config.train.network_params, config.train.place));
  FusionOptions how = {.form = form,
                       .seed = config.train.seed,
                       .epochs = epochs,
                       .schedule = sequence ? params.integer("epochs") : 0,
                       .device = device,
                       .stop = options.stop,
                       .progress = options.progress};
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

// Published files say which pairs are the test, and validation_by imitates how they were drawn; a validation that they
// give, or the last event of each user, is no imitation.
Likeness likeness_of(const Dataset& dataset, const SplitConfig& split) {
  const bool given =
      dataset.events.part.defined() && dataset.events.part.eq(static_cast<int>(Part::kValidation)).any().item<bool>();
  if (split.by != "files" || given || split.validation_by == "leave_last") {
    return Likeness::kSame;
  }
  return split.validation_by == "latest" ? Likeness::kOther : Likeness::kNear;
}

// Whether an expert as it is set reads nothing but events.
bool goes_by_events(const NamedExpert& expert) {
  const auto entry = find_expert(expert.name, "");
  if (!entry || !(*entry)->uses_fields) {
    return entry.has_value();
  }
  const std::vector<std::string>& weights = (*entry)->field_weights;
  return !weights.empty() &&
         std::ranges::all_of(weights, [&](const std::string& weight) { return expert.params.value(weight, 0.0) == 0; });
}

// What each model goes by: one source, events alone, what items are, or all that is known; counts, by none of a user's.
std::vector<RankedModel> ranked_models(const Model& model) {
  std::vector<RankedModel> ranked;
  for (const NamedExpert& expert : model.experts) {
    const bool of_a_source = expert.name.find('.') != std::string::npos;
    std::string voice = "everything";
    if (of_a_source || expert.name == "content" || expert.name == "friends") {
      voice = expert.name;
    } else if (expert.name == "popularity" || expert.name == "trending") {
      voice = "";
    } else if (goes_by_events(expert)) {
      voice = "events";
    }
    ranked.push_back({expert.name, voice});
  }
  if (model.network) {
    ranked.push_back({"network", "everything"});
  }
  std::set<std::string> of_items, others;
  for (const RankedModel& one : ranked) {
    if (one.voice.starts_with("content")) {  // where one source alone has features, `content` is its expert
      of_items.insert(one.voice);
    } else if (one.voice != "everything" && !one.voice.empty()) {
      others.insert(one.voice);
    }
  }
  if (of_items.size() > 1) {
    of_items.erase("content");  // the sum of the others
  }
  const int64_t items = std::ssize(of_items);
  for (RankedModel& one : ranked) {
    const int64_t all = std::max<int64_t>(1, items + std::ssize(others));
    one.sources = one.voice == "everything" ? all : one.voice == "content" ? items : 1;
  }
  return ranked;
}

Settings settings_of(const std::vector<NamedExpert>& experts) {
  Settings settings;
  for (const NamedExpert& expert : experts) {
    settings[expert.name] = expert.params;
  }
  return settings;
}

// Settings that were chosen on a share of the events, for all of them: what `fit` multiplies by the number of events
// keeps its product, but for what the user has set. MCRec's MovieLens-100K, the best reg by validation for each of four
// alphas: test P@10 .3706 as it was, .3718 so, R@10 .2383 and .2403.
Settings for_all_events(Settings settings, double share, const Config& config, const TrainOptions& options) {
  for (auto& [name, params] : settings) {
    const auto entry = find_expert(name, config.train.place);
    const auto said = config.train.experts.find(name);
    for (const ParamSpec& spec : (*entry)->params) {
      const bool scales = std::ranges::find((*entry)->per_event, spec.name) != (*entry)->per_event.end();
      const bool set =
          options.settled.contains(name) || (said != config.train.experts.end() && said->second.contains(spec.name));
      if (scales && !set) {
        params[spec.name] = std::max(spec.min, params.at(spec.name).get<double>() * share);
      }
    }
  }
  return settings;
}

// What trials must have been made of to count again.
std::string trials_key(const Config& config, const TrainOptions& options) {
  return nlohmann::json{options.checkpoint_key, config.train.experts}.dump();
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

Result<Model> train_model(const Dataset& dataset, const Config& config, const Split& whole,
                          const TrainOptions& options) {
  HAINA_TRY(const at::Device device, find_device(config.train.device, config.train.place));
  const Split split = without_actions(dataset, whole, config.train.without);
  const auto started = Clock::now();

  // What may be known when choosing: the training part, and side sources free of everything held out.
  const Interactions training_part = known_events(dataset, split, Stage::kValidation);
  if (training_part.num_events() == 0) {
    return fail({ErrorCode::kBadData, "no goal event in the training part", config.split.place,
                 "check [project] goal and [split]; haina prepare shows how many events meet the goal"});
  }
  const ScannedFields choosing_fields = scan_fields(dataset, split, Stage::kValidation, config.train.without);
  HeldOut validation = held_out(dataset, split, Stage::kValidation);
  if (validation.users.empty()) {
    return fail({ErrorCode::kBadData, "the validation part holds no goal event of any user", config.split.place,
                 "raise [split] validation"});
  }

  // Experts, then the network with early stopping, each on the training part.
  if (config.train.among > 0) {
    validation.among = sample_candidates(validation, config.train.among, config.train.seed);
  }
  const HeldOut judges = sample_users(validation, kJudges, config.train.seed);
  const bool ordered = is_ordered(dataset, config.split);
  TrialLog trials(options.trials, trials_key(config, options));
  Model choosing;
  HAINA_TRY(choosing.experts,
            fit_experts(config, config.train.experts, config.train.experts.empty(),
                        {training_part, known_events(dataset, split, Stage::kValidation, Only::kOthers),
                         choosing_fields.fields, ordered, device, &judges},
                        options, trials));
  const double experts_seconds = seconds_since(started);
  FusionTraining training;
  HAINA_TRY(choosing.network,
            fit_network(config, {&training_part, choosing_fields.fields, &judges, config.train.metric}, 0, device,
                        options, training));

  const double network_seconds = seconds_since(started) - experts_seconds;

  // R learns on held-out targets that neither experts nor network have seen.
  Model model;
  const HeldOut questions = sample_users(validation, kRankerUsers, config.train.seed);
  const at::Tensor gains = support_gains(questions.truth, training_part.item_counts(0));
  model.ranker = fit_ranker(ranked_models(choosing), collect_samples(choosing, questions, gains), config.train.seed,
                            likeness_of(dataset, config.split));
  if (config.split.by == "time") {  // other splits hold out of other actions what lies on a goal's pair alone
    model.heads = learn_heads(choosing, model.ranker, dataset, split, config.train.seed);
  }

  // Scores become probabilities by what validation says of them.
  const auto blended = [&](std::span<const UserState> users) {
    return model.ranker.score(choosing.score_each(users), users);
  };
  const PointSample points = collect_points(dataset, split, Stage::kValidation, questions, blended, config.train.seed);
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
    const double share = static_cast<double>(training_part.num_events()) / static_cast<double>(known.num_events());
    const Settings chosen = for_all_events(settings_of(choosing.experts), share, config, options);
    HAINA_TRY(model.experts, fit_experts(config, chosen, false,
                                         {known, known_events(dataset, split, Stage::kTest, Only::kOthers),
                                          fields.fields, ordered, device},
                                         options, trials));
    if (choosing.network) {
      HAINA_TRY(model.network,
                fit_network(config, {&known, fields.fields, nullptr}, training.best_epoch, device, options, refit));
    }
  }
  HAINA_ASSERT(model.names() == model.ranker.models);
  model.about = {{"users", dataset.users.size()},
                 {"items", dataset.items.size()},
                 {"seed", config.train.seed},
                 {"device", device.str()},
                 {"split", config.split.by},
                 {"without", config.train.without},
                 {"leaks", fields.leaks},
                 {"metric", config.train.metric},
                 {"trials", trials.to_json()},
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
  keeping.trials = config.output_folder() / "checkpoint-trials.json";
  keeping.checkpoint_key = nlohmann::json{dataset.provenance,          config.split.by,
                                          config.split.seed,           config.split.test,
                                          config.split.validation,     config.split.validation_by,
                                          config.train.seed,           config.train.metric,
                                          config.train.among,          config.train.network,
                                          config.train.network_params, config.train.without}
                               .dump();
  HAINA_TRY(Model model, train_model(dataset, config, split, keeping));
  model.about.update(more);
  HAINA_OK(save_model(model, config.models_folder() / version));
  if (!model.about.at("interrupted").get<bool>()) {  // else the next run goes on from here
    std::error_code ignored;                         // a file that stays is of use for nothing, and harms nothing
    std::filesystem::remove(keeping.trials, ignored);
    std::filesystem::remove(keeping.trials.string() + ".tmp", ignored);  // of a run that was killed while it wrote
    remove_left_behind(config.output_folder());                          // checkpoints that were being written
  }
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
