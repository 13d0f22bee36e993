#include "pipeline/kept_dataset.h"

#include <system_error>

#include "base/files.h"
#include "data/fingerprint.h"
#include "model/linked_dataset.h"
#include "model/versions.h"

namespace haina {
namespace fs = std::filesystem;

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
