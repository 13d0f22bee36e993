// models/current.json: which version is in use, and which were before. Changes of it wait for each other.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_lock.h"
#include "config/config.h"

namespace haina {

// Whoever reads the pointer to write it, or deletes versions, holds this; others wait.
Result<FileLock> lock_pointer(const Config& config);
// Names of the trained versions, newest first.
std::vector<std::string> version_names(const Config& config);
// The version that roll_back would put in use; it changes nothing. kNotFound where there is none, kBadData where
// current.json is damaged.
Result<std::string> version_before(const Config& config);
// Puts `version` in use as roll_back does: it, and what was used after it, are no earlier versions any more.
Status return_to(const Config& config, const std::string& version);
// The same where `from` is the version in use; returns whether it was. Where `version` is gone, nothing changes.
Result<bool> return_from(const Config& config, const std::string& from, const std::string& version);

}  // namespace haina
