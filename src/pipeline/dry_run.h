// The dry run of haina init: the very readers and configuration that haina prepare will use, on the files (of large
// ones on their beginning). What fails is tried otherwise.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/inference/doubt.h"
#include "pipeline/init_toml.h"

namespace haina {

// Bytes of a file that the dry run reads whole.
inline constexpr uintmax_t kReadWhole = 64 << 20;

// Reads each source with the table that source_toml writes. A column that cannot be read as inferred becomes a category
// or is left out; a source that cannot be read at all is removed; both are doubts with the reader's own words.
// `scratch`: a file beside haina.toml that is written and removed.
void dry_run(std::vector<InitSource>& sources, const InitProject& project, const std::filesystem::path& scratch,
             std::vector<Doubt>& doubts);

// Files of a published split beside the log that holds all of their rows would count each event twice: they are
// removed. So is a log whose rows another log holds, with the same times. Uses the rows that the dry run read.
void remove_repeated_logs(std::vector<InitSource>& sources, std::vector<Doubt>& doubts);

}  // namespace haina
