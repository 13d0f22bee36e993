// Every version has the dataset that it was trained on, whatever becomes of the project's files.
#pragma once

#include <string>

#include "base/error.h"
#include "config/config.h"
#include "data/dataset.h"

namespace haina {

// Keeps `dataset` as the version's own, unless it has one: as links to the files in prepared/ where they hold the same,
// so that equal datasets take space once; else written anew.
Status keep_dataset(const Dataset& dataset, const Config& config, const std::string& version);
// Removes the datasets of versions that are not there: of killed trainings, and of deleted versions. Call it while no
// other training runs.
void remove_datasets_without_version(const Config& config);

}  // namespace haina
