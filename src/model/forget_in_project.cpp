// A dataset is written anew beside the old one and exchanged with it. Its version's manifest names both fingerprints
// meanwhile, so that the version can be loaded at any moment, also after a crash.
#include "model/forget_in_project.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <map>
#include <system_error>
#include <utility>

#include "base/file_lock.h"
#include "base/files.h"
#include "data/dataset.h"
#include "data/fingerprint.h"
#include "data/forget_users.h"
#include "model/linked_dataset.h"
#include "model/version_pointer.h"
#include "model/versions.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

// Changes what a manifest says; the files beside it stay.
Status change_manifest(const fs::path& folder, const std::function<void(Json& about)>& change) {
  const fs::path file = folder / "manifest.json";
  HAINA_TRY(Json manifest, read_json(file));
  if (!manifest.is_object() || !manifest["about"].is_object()) {
    return fail({ErrorCode::kBadData, "the manifest is damaged", file.string(), "haina models list shows the others"});
  }
  change(manifest["about"]);
  return write_text(file, manifest.dump(1) + "\n");
}

// Tells files apart, however they are called.
std::string identity_of(const fs::path& file) {
  struct stat state = {};
  return ::stat(file.c_str(), &state) == 0 ? fmt::format("{}:{}", state.st_dev, state.st_ino) : file.string();
}

class Purge {
 public:
  Purge(const Config& config, const HashedNames& forgotten) : config_(config), forgotten_(forgotten) {
    for (const std::string& version : version_names(config)) {
      const bool own = fs::exists(dataset_folder(config, version) / "manifest.json");
      versions_of_[own ? dataset_folder(config, version) : config.prepared_folder()].push_back(version);
    }
    if (fs::exists(config.prepared_folder() / "manifest.json")) {
      versions_of_[config.prepared_folder()];
    }
  }

  Purged run() {
    for (const auto& [folder, versions] : versions_of_) {
      if (const Status done = clean(folder, versions); !done) {
        purged_.not_yet.push_back(name_of(folder) + ": " + done.error().what);
      }
    }
    return std::move(purged_);
  }

 private:
  std::string name_of(const fs::path& path) const { return path.lexically_relative(config_.output_folder()).string(); }

  Status clean(const fs::path& folder, const std::vector<std::string>& versions) {
    HAINA_TRY(const Json manifest, read_json(folder / "manifest.json"));
    const Json provenance = manifest.value("about", Json::object()).value("provenance", Json::object());
    HashedNames all = HashedNames::of_json(provenance.is_object() ? provenance.value("forgotten", Json()) : Json());
    if (covers(all, forgotten_)) {
      return ok();
    }
    if (folder == config_.prepared_folder()) {
      HAINA_TRY(const FileLock lock, FileLock::take(config_.output_folder() / "prepare.lock",
                                                    "haina prepare is at work on this project", "wait"));
      HAINA_OK(clean_dataset(folder, versions, all));
      remove(config_.output_folder() / "rejects");
      return ok();
    }
    HAINA_OK(clean_dataset(folder, versions, all));
    remove(folder.parent_path() / "rejects");
    std::error_code ignored;
    std::vector<fs::path> lines;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder.parent_path(), ignored)) {
      if (entry.path().extension() == ".jsonl") {
        lines.push_back(entry.path());
      }
    }
    for (const fs::path& file : lines) {
      remove(file);
    }
    return ok();
  }

  // known: whom the dataset is known to hold nothing of.
  Status clean_dataset(const fs::path& folder, const std::vector<std::string>& versions, HashedNames known) {
    HAINA_TRY(const Dataset dataset, load_dataset(folder));
    const std::vector<int32_t> rows = rows_to_forget(dataset, forgotten_);
    known.add(forgotten_);
    if (rows.empty()) {
      return change_manifest(folder, [&](Json& about) {
        remove_forgotten_names(about["quality"], forgotten_);
        about["provenance"]["forgotten"] = known.to_json();
      });
    }
    Dataset left = without_users(dataset, rows, forgotten_);
    set_forgotten_in(left, known);
    const std::string before = fingerprint_of(dataset), after = fingerprint_of(left);
    for (const std::string& version : versions) {
      HAINA_OK(change_manifest(config_.models_folder() / version, [&](Json& about) {
        if (about.contains("dataset")) {
          about["dataset"] = before;
          about["dataset_next"] = after;
        }
        HashedNames learned_from = trained_with(about);
        learned_from.add(entries_of(dataset, rows, forgotten_));
        about["trained_with"] = learned_from.to_json();
      }));
    }
    HAINA_OK(write(left, folder));
    for (const std::string& version : versions) {
      HAINA_OK(change_manifest(config_.models_folder() / version, [&](Json& about) {
        if (about.contains("dataset")) {
          about["dataset"] = after;
        }
        about.erase("dataset_next");
      }));
    }
    purged_.rewritten.push_back(name_of(folder));
    return ok();
  }

  // Datasets that shared their files share them again.
  Status write(const Dataset& left, const fs::path& folder) {
    const std::string files = identity_of(folder / "users.arrow") + " " + identity_of(folder / "events.arrow") + " " +
                              identity_of(folder / "fields.safetensors");
    if (const auto written = written_.find(files); written != written_.end() && link_dataset(written->second, folder)) {
      return ok();
    }
    HAINA_OK(save_dataset(left, folder));
    written_.emplace(files, folder);
    return ok();
  }

  void remove(const fs::path& path) {
    std::error_code code;
    if (fs::remove_all(path, code) > 0 && !code) {
      purged_.removed.push_back(name_of(path));
    } else if (code) {
      purged_.not_yet.push_back(name_of(path) + ": " + code.message());
    }
  }

  const Config& config_;
  const HashedNames& forgotten_;
  std::map<fs::path, std::vector<std::string>> versions_of_;  // by the folder of their dataset
  std::map<std::string, fs::path> written_;                   // by the files that were there before
  Purged purged_;
};

}  // namespace

fs::path forgotten_file(const Config& config) { return config.output_folder() / "forgotten.json"; }

HashedNames trained_with(const Json& about) { return HashedNames::of_json(about.value("trained_with", Json())); }

Result<HashedNames> forgotten_in_project(const Config& config) {
  if (!fs::exists(forgotten_file(config))) {
    return HashedNames();
  }
  HAINA_TRY(const Json json, read_json(forgotten_file(config)));
  if (!json.is_object() || !json.contains("users")) {
    return fail({ErrorCode::kBadData, "who was forgotten cannot be read", forgotten_file(config).string(),
                 "restore the file from a backup: without it, forgotten users come back when data is prepared"});
  }
  return HashedNames::of_json(json.at("users"));
}

Status record_forgotten(const Config& config, const HashedNames& forgotten) {
  HAINA_TRY(HashedNames all, forgotten_in_project(config));
  if (covers(all, forgotten)) {
    return ok();
  }
  all.add(forgotten);
  std::error_code code;
  fs::create_directories(config.output_folder(), code);
  return write_text(forgotten_file(config),
                    Json{{"schema", "haina.forgotten/1"}, {"users", all.to_json()}}.dump(1) + "\n");
}

Result<Purged> forget_in_project(const Config& config, const HashedNames& forgotten) {
  std::error_code code;
  fs::create_directories(config.output_folder(), code);
  // Several servers may have one project: the second finds it done.
  HAINA_TRY(const FileLock lock, FileLock::take(config.output_folder() / "forget.lock", "users are being forgotten",
                                                "try again", FileLock::Busy::kWait));
  HAINA_OK(record_forgotten(config, forgotten));  // first: what is prepared meanwhile leaves them out
  return Purge(config, forgotten).run();
}

std::string project_state(const Config& config) {
  std::string state = identity_of(config.prepared_folder() / "manifest.json");
  for (const std::string& version : version_names(config)) {
    state += " " + version;
  }
  return state;
}

}  // namespace haina
