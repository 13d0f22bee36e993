#include "model/versions.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <system_error>

#include "base/files.h"
#include "base/suggest.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr size_t kRemembered = 20;  // earlier versions that roll_back can return to

fs::path pointer_of(const Config& config) { return config.models_folder() / "current.json"; }

std::vector<std::string> names_in(const fs::path& models) {
  std::vector<std::string> names;
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(models, code)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && name.find(".tmp-") == std::string::npos && fs::exists(entry.path() / "manifest.json")) {
      names.push_back(name);
    }
  }
  std::ranges::sort(names, std::greater());
  return names;
}

// {"current": name, "before": [names, latest first]}; empty ones where the file is missing or damaged.
nlohmann::json pointer(const Config& config) {
  const Result<nlohmann::json> read = read_json(pointer_of(config));
  const bool sound = read && read->is_object() && read->contains("current") && (*read)["current"].is_string() &&
                     read->contains("before") && (*read)["before"].is_array();
  return sound ? *read : nlohmann::json{{"current", ""}, {"before", nlohmann::json::array()}};
}

}  // namespace

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

Result<std::string> current_version(const Config& config) {
  const std::vector<std::string> names = names_in(config.models_folder());
  const std::string named = pointer(config)["current"];
  if (std::ranges::find(names, named) != names.end()) {
    return named;
  }
  if (names.empty()) {
    return fail({ErrorCode::kNotFound, "no trained model", config.models_folder().string(), "run haina train"});
  }
  return names.front();
}

Result<std::vector<Version>> list_versions(const Config& config) {
  std::vector<Version> versions;
  const Result<std::string> current = current_version(config);
  for (const std::string& name : names_in(config.models_folder())) {
    HAINA_TRY(const nlohmann::json manifest, read_json(config.models_folder() / name / "manifest.json"));
    versions.push_back({name, current && *current == name, manifest.value("about", nlohmann::json::object())});
  }
  return versions;
}

Status check_version(const Config& config, const std::string& name) {
  const std::vector<std::string> names = names_in(config.models_folder());
  if (std::ranges::find(names, name) == names.end()) {
    return fail({ErrorCode::kNotFound, fmt::format("no version '{}'", name), "version", did_you_mean(name, names)});
  }
  return ok();
}

Status use_version(const Config& config, const std::string& name) {
  HAINA_OK(check_version(config, name));
  const Result<std::string> before = current_version(config);
  nlohmann::json now = pointer(config);
  if (before && *before != name) {
    now["before"].insert(now["before"].begin(), *before);
    now["before"].get_ref<nlohmann::json::array_t&>().resize(std::min(now["before"].size(), kRemembered));
  }
  now["current"] = name;
  return write_text(pointer_of(config), now.dump(1) + "\n");
}

Result<std::string> roll_back(const Config& config) {
  const std::vector<std::string> names = names_in(config.models_folder());
  nlohmann::json now = pointer(config);
  while (!now["before"].empty()) {
    const std::string name = now["before"].front().is_string() ? now["before"].front().get<std::string>() : "";
    now["before"].erase(now["before"].begin());
    if (std::ranges::find(names, name) != names.end()) {
      now["current"] = name;
      HAINA_OK(write_text(pointer_of(config), now.dump(1) + "\n"));
      return name;
    }
  }
  return fail({ErrorCode::kNotFound, "no version was in use before this one", config.models_folder().string(),
               "haina models list shows all versions; haina models use VERSION puts one in use"});
}

Result<Loaded> load_version(const Config& config, const std::string& name) {
  Loaded loaded;
  const fs::path own = dataset_folder(config, name);
  HAINA_TRY(loaded.dataset, load_dataset(fs::exists(own / "manifest.json") ? own : config.prepared_folder()));
  HAINA_TRY(loaded.model, load_model(config.models_folder() / name, loaded.dataset, config));
  loaded.model.about["version"] = name;
  return loaded;
}

}  // namespace haina
