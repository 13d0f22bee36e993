// models/current.json: which version is in use, and which were before. Changes of it wait for each other.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"

namespace haina {

// Names of the trained versions, newest first.
std::vector<std::string> version_names(const Config& config);
// The version that roll_back would put in use; it changes nothing. kNotFound where there is none, kBadData where
// current.json is damaged.
Result<std::string> version_before(const Config& config);
// Puts `version` in use as roll_back does: it, and what was used after it, are no earlier versions any more.
Status return_to(const Config& config, const std::string& version);

}  // namespace haina
