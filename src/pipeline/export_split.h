// The split as files, so that other programs learn from the same events and are tested on the same ones.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "base/error.h"
#include "config/config.h"
#include "data/dataset.h"

namespace haina {

// Writes train.csv, validation.csv and test.csv into the folder, which is made where it is missing; with unseen users
// also validation_known.csv and test_known.csv, what is known of them. Columns: user, item, action, value (empty:
// none), time (seconds since 1970 UTC, empty: none), goal (1: [project] goal asks for it). Rows of a user are in their
// order. Returns the number of rows by file. kBadData where the split cannot be made.
Result<std::map<std::string, int64_t>> export_split(const Dataset& dataset, const Config& config,
                                                    const std::filesystem::path& folder);

}  // namespace haina
