// The trained versions of a project: which there are, which one is used, and the one before it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "model/model.h"

namespace haina {

struct Version {
  std::string name;  // its folder under models/, the UTC time of its training
  bool current = false;
  nlohmann::json about;
};

// "20261125T064500" as "2026-11-25T06:45:00Z"; nothing where the name is no time.
std::optional<std::string> trained_at(const std::string& version);
// Newest first.
Result<std::vector<Version>> list_versions(const Config& config);
// The one in use: as models/current.json says, or the newest. kNotFound with "run haina train".
Result<std::string> current_version(const Config& config);
// kNotFound with near names where there is no such version.
Status check_version(const Config& config, const std::string& name);
// As check_version. What was in use before can be gone back to.
Status use_version(const Config& config, const std::string& name);
// Back to what was in use before; kNotFound where nothing was.
Result<std::string> roll_back(const Config& config);

struct Loaded {
  Dataset dataset;  // that the version was trained on
  Model model;
};
// kBadData where the project was prepared otherwise since.
Result<Loaded> load_version(const Config& config, const std::string& name);
// Where the dataset of a version that was trained on more than the project's files is kept.
std::filesystem::path dataset_folder(const Config& config, const std::string& version);

}  // namespace haina
