#include "pipeline/run_train.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "config/goal.h"
#include "config/keep.h"
#include "data/seen_actions.h"
#include "data/split.h"
#include "model/forget_in_project.h"
#include "model/prune_versions.h"
#include "model/versions.h"
#include "pipeline/kept_dataset.h"
#include "pipeline/prepare.h"
#include "pipeline/store_snapshot.h"
#include "store/moment_json.h"
#include "store/store.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

// The current time, or the first second after it that neither a version nor a kept dataset is named after.
std::string new_version(const Config& config) {
  auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::string version;
  do {
    version = fmt::format("{:%Y%m%dT%H%M%S}", fmt::gmtime(now++));
  } while (fs::exists(config.models_folder() / version) || fs::exists(dataset_folder(config, version)));
  return version;
}

// The options with files that let the next run continue this one, if it has the same data and configuration.
TrainOptions resumable(const Dataset& dataset, const Config& config, const TrainOptions& options) {
  TrainOptions resumable = options;
  resumable.checkpoint = config.output_folder() / "checkpoint";
  resumable.trials = config.output_folder() / "checkpoint-trials.json";
  resumable.checkpoint_key = nlohmann::json{options.refit,
                                            dataset.provenance,
                                            config.split.by,
                                            config.split.seed,
                                            config.split.test,
                                            config.split.validation,
                                            config.split.validation_by,
                                            config.train.seed,
                                            config.train.metric,
                                            config.train.num_candidates,
                                            config.train.network,
                                            config.train.network_params,
                                            config.train.encoders,
                                            config.train.exclude}
                                 .dump();
  return resumable;
}

// Removes what `resumable` let a run write. A file that cannot be removed does no harm.
void remove_progress_files(const Config& config, const TrainOptions& options) {
  std::error_code ignored;
  fs::remove(options.trials, ignored);
  fs::remove(options.trials.string() + ".tmp", ignored);  // left by a run that was killed while it wrote
  remove_left_behind(config.output_folder());
}

// What that version's training took, by stage; null where its manifest cannot be read.
nlohmann::json seconds_of(const fs::path& version) {
  const Result<nlohmann::json> manifest = read_json(version / "manifest.json");
  return manifest ? manifest->value("about", nlohmann::json::object()).value("seconds", nlohmann::json())
                  : nlohmann::json();
}

// What only serving reads, and would refuse after the training.
Status check_serve(const Config& config, const Dataset& dataset) {
  HAINA_TRY(const std::vector<Goal> goals, parse_goals(config));
  HAINA_TRY(const SeenRules seen, SeenRules::make(config.serve, dataset, goals));
  return ok();
}

// [keep] versions. What cannot be deleted is said, and does not fail the training.
void keep_newest(const Config& config) {
  const auto prune = [&]() -> Status {
    HAINA_TRY(const KeepConfig keep, load_keep(config));
    if (keep.versions == 0) {
      return ok();
    }
    HAINA_TRY(const Pruning pruned, prune_versions(config, keep.versions, DryRun::kNo));
    if (!pruned.versions.empty()) {
      log_info(fmt::format("[keep] versions = {}: deleted {} old versions, {:.1f} MB", keep.versions,
                           pruned.versions.size(), static_cast<double>(pruned.bytes) / 1e6));
    }
    return ok();
  };
  if (const Status pruned = prune(); !pruned) {
    log_warning("old versions stay: " + to_text(pruned.error()));
  }
}

// The lines that the dataset was prepared from: a copy of the store that nothing reads again.
void remove_lines(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".jsonl") {
      files.push_back(entry.path());
    }
  }
  for (const fs::path& file : files) {
    fs::remove(file, ignored);
  }
}

// Users who were forgotten while the version was trained are in its dataset, which was in memory.
void forget_meanwhile(const Config& config) {
  const auto forget = [&]() -> Status {
    HAINA_TRY(const HashedNames names, forgotten_in_project(config));
    HAINA_TRY(const Purged purged, names.empty() ? Result<Purged>(Purged{}) : forget_in_project(config, names));
    return purged.not_yet.empty() ? ok() : fail({ErrorCode::kIo, purged.not_yet.front(), "", ""});
  };
  if (const Status done = forget(); !done) {
    log_warning("forgotten users may be in the dataset of the version; haina forget USER tries again: " +
                done.error().what);
  }
}

// more: joins what the manifest says of the version.
Status train_version(const Dataset& dataset, const Config& config, const std::string& version,
                     const nlohmann::json& more, const TrainOptions& options) {
  HAINA_OK(check_serve(config, dataset));
  HAINA_TRY(const Split split, make_split(dataset, config.split));
  TrainOptions with_files = resumable(dataset, config, options);
  if (const Result<std::string> before = current_version(config)) {
    with_files.seconds_before = seconds_of(config.models_folder() / *before);
  }
  HAINA_TRY(Model model, train_model(dataset, config, split, with_files));
  model.about.update(more);
  HAINA_OK(keep_dataset(dataset, config, version));  // first: no version is ever without its dataset
  HAINA_OK(save_model(model, config.models_folder() / version));
  forget_meanwhile(config);
  if (!model.about.at("interrupted").get<bool>()) {
    remove_progress_files(config, with_files);
  } else {
    log_warning(
        fmt::format("training was stopped before its end: version {} has the best epoch so far, and nothing was fitted "
                    "again on all events\n  hint: haina train goes on where this one stopped",
                    version));
  }
  HAINA_OK(use_version(config, version));
  keep_newest(config);
  return ok();
}

}  // namespace

Result<FileLock> lock_training(const Config& config) {
  std::error_code code;
  fs::create_directories(config.output_folder(), code);
  return FileLock::take(config.output_folder() / "train.lock", "another training is at work on this project",
                        "wait until it has ended");
}

Result<fs::path> run_train(const Dataset& dataset, const Config& config, const TrainOptions& options) {
  HAINA_TRY(const FileLock lock, lock_training(config));
  remove_datasets_without_version(config);
  const std::string version = new_version(config);
  HAINA_OK(train_version(dataset, config, version, nlohmann::json::object(), options));
  return config.models_folder() / version;
}

Result<fs::path> run_train_from_store(const Config& config, const std::string& store_url, const TrainOptions& options) {
  HAINA_TRY(const FileLock lock, lock_training(config));
  remove_datasets_without_version(config);
  HAINA_TRY(Store store, Store::open(store_url));
  const std::string version = new_version(config);
  const fs::path folder = dataset_folder(config, version).parent_path();
  HAINA_TRY(const StoreSnapshot snapshot, snapshot_with_store(config, store, folder));
  const auto train = [&]() -> Status {
    HAINA_TRY(const Dataset dataset,
              run_prepare(snapshot.config, {.stop = options.stop, .progress = options.progress}));
    remove_lines(folder);
    nlohmann::json store_json = moment_json(snapshot.moment);
    store_json["events"] = snapshot.events;
    return train_version(dataset, config, version, {{"store", store_json}}, options);
  };
  if (const Status trained = train(); !trained) {
    std::error_code ignored;  // the dataset of a failed training is of no use
    fs::remove_all(folder, ignored);
    return fail(trained.error());
  }
  return config.models_folder() / version;
}

}  // namespace haina
