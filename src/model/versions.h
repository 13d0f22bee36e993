// The trained versions of a project, which of them is in use, and the way back to those used before.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "data/dataset.h"
#include "model/model.h"

namespace haina {

struct Version {
  std::string name;      // of its folder under models/: the UTC time of its training
  bool current = false;  // whether it is in use
  nlohmann::json about;  // as in its manifest
};

// "20261125T064500" as "2026-11-25T06:45:00Z"; nullopt where the name is not a time.
std::optional<std::string> trained_at(const std::string& version);
// Newest first.
Result<std::vector<Version>> list_versions(const Config& config);
// As models/current.json says; the newest where none was chosen yet. kNotFound without versions; kBadData: damaged
// file.
Result<std::string> current_version(const Config& config);
// kNotFound, with similar names, where there is no such version.
Status check_version(const Config& config, const std::string& name);
// Puts a version in use; roll_back returns to the one before. Fails as check_version.
Status use_version(const Config& config, const std::string& name);
// Puts the version back in use that was used before the current one, skipping deleted ones, and returns its name.
// kNotFound where there is none.
Result<std::string> roll_back(const Config& config);

struct Loaded {
  Dataset dataset;  // the one that the version was trained on
  Model model;
};
// kBadData where the dataset, its own or the project's, is another than it was trained on.
Result<Loaded> load_version(const Config& config, const std::string& name);
// Where a version's own dataset is kept.
std::filesystem::path dataset_folder(const Config& config, const std::string& version);

}  // namespace haina
