// Whether the ids of the sources that haina init found meet.
#pragma once

#include <string>
#include <vector>

#include "pipeline/init_toml.h"

namespace haina {

// A line for each source whose ids are hardly in the events, or meet them only in another form ("100 % after ignoring
// case"), by the tables of the dry run. Nothing where a file was read in part: haina prepare says the same.
std::vector<std::string> bad_meetings(const std::vector<InitSource>& sources);

}  // namespace haina
