// What Haina keeps of a project besides the store, without the users who were forgotten.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/hashed_names.h"
#include "config/config.h"

namespace haina {

// forgotten.json in the project's output folder: whoever is named there is left out of everything that is prepared from
// now on.
std::filesystem::path forgotten_file(const Config& config);
// Empty where there is none.
Result<HashedNames> forgotten_in_project(const Config& config);
// Adds to it.
Status record_forgotten(const Config& config, const HashedNames& forgotten);

struct Purged {
  std::vector<std::string> rewritten;  // folders of datasets, relative to the output folder
  std::vector<std::string> removed;    // copies that nothing needs any more: lines of the store, rejected rows
  std::vector<std::string> not_yet;    // what could not be done now, and why; it is to be tried again
};
// Takes the users out of prepared/ and of the datasets of all versions: names, events, profiles and ties, see
// data/forget_users.h. Versions stay usable, and their manifests say with whom they were trained, see trained_with.
// Removes datasets/*/*.jsonl and rejects/, which repeat rows as they came. What is clean already costs the reading of
// its manifest.
Result<Purged> forget_in_project(const Config& config, const HashedNames& forgotten);
// The users whom a version was trained with and who are forgotten now; about: of its manifest. What it learned from
// them is in it as long as it is there.
HashedNames trained_with(const nlohmann::json& about);
// A text that changes when forget_in_project has something new to look at.
std::string project_state(const Config& config);

}  // namespace haina
