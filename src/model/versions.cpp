#include "model/versions.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/log.h"
#include "model/version_pointer.h"

namespace haina {
namespace fs = std::filesystem;

fs::path dataset_folder(const Config& config, const std::string& version) {
  return config.output_folder() / "datasets" / version / "prepared";
}

std::optional<std::string> trained_at(const std::string& version) {
  const bool dated = version.size() == 15 && version[8] == 'T';
  return dated ? std::optional(fmt::format("{}-{}-{}T{}:{}:{}Z", version.substr(0, 4), version.substr(4, 2),
                                           version.substr(6, 2), version.substr(9, 2), version.substr(11, 2),
                                           version.substr(13, 2)))
               : std::nullopt;
}

Result<std::vector<Version>> list_versions(const Config& config) {
  std::vector<Version> versions;
  const Result<std::string> current = current_version(config);
  if (!current && current.error().code != ErrorCode::kNotFound) {
    log_warning(to_text(current.error()));
  }
  for (const std::string& name : version_names(config)) {
    HAINA_TRY(const nlohmann::json manifest, read_json(config.models_folder() / name / "manifest.json"));
    versions.push_back({name, current && *current == name, manifest.value("about", nlohmann::json::object())});
  }
  return versions;
}

Result<Loaded> load_version(const Config& config, const std::string& name) {
  Loaded loaded;
  const fs::path own = dataset_folder(config, name);
  HAINA_TRY(loaded.dataset, load_dataset(fs::exists(own / "manifest.json") ? own : config.prepared_folder()));
  HAINA_TRY(loaded.model, load_model(config.models_folder() / name, loaded.dataset, config));
  loaded.model.about["version"] = name;
  if (!loaded.model.about.contains("dataset")) {
    log_warning("version " + name +
                " was trained by an earlier release, which did not record its dataset: the numbers of users and items "
                "agree, and nothing else is known\n  hint: haina train makes a version that knows its dataset");
  }
  return loaded;
}

}  // namespace haina
