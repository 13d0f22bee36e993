#include "pipeline/kept_dataset.h"

#include <system_error>

#include "base/files.h"
#include "data/fingerprint.h"
#include "model/versions.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

// The folder `to` with the files of `from`, hard links where the file system has them.
Status link_dataset(const fs::path& from, const fs::path& to) {
  HAINA_TRY(const nlohmann::json manifest, read_json(from / "manifest.json"));
  HAINA_TRY(AtomicFolder atomic, AtomicFolder::create(to));
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(from, code)) {
    const fs::path name = entry.path().filename();
    if (name == "manifest.json" || !entry.is_regular_file()) {
      continue;
    }
    std::error_code no_link, no_copy;
    fs::create_hard_link(entry.path(), atomic.path() / name, no_link);
    if (no_link) {
      fs::copy_file(entry.path(), atomic.path() / name, no_copy);
    }
    if (no_copy) {
      return fail({ErrorCode::kIo, no_copy.message(), (atomic.path() / name).string(), "free some disk space"});
    }
  }
  return atomic.commit(manifest.value("schema", ""), manifest.value("about", nlohmann::json::object()));
}

}  // namespace

Status keep_dataset(const Dataset& dataset, const Config& config, const std::string& version) {
  const fs::path own = dataset_folder(config, version);
  if (fs::exists(own / "manifest.json")) {
    return ok();
  }
  if (link_dataset(config.prepared_folder(), own)) {
    const Result<Dataset> linked = load_dataset(own);
    if (linked && fingerprint_of(*linked) == fingerprint_of(dataset)) {
      return ok();
    }
  }
  return save_dataset(dataset, own);  // prepared/ was made again since this training read it
}

void remove_datasets_without_version(const Config& config) {
  std::error_code ignored;  // a folder that stays only takes space
  for (const fs::directory_entry& entry : fs::directory_iterator(config.output_folder() / "datasets", ignored)) {
    const std::string version = entry.path().filename().string();
    if (trained_at(version) && !fs::exists(config.models_folder() / version)) {
      fs::remove_all(entry.path(), ignored);
    }
  }
}

}  // namespace haina
