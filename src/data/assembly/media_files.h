// Sources of pictures, sounds and films: one file an item (or a user), its id in the file's name.
#pragma once

#include <filesystem>

#include "data/assembly/assemble.h"
#include "data/formats/read_source.h"

namespace haina {

// The files that match "posters/{item}.jpg" as a table of ids and paths. kInvalidArgument where the path names no
// {item} or {user}, kNotFound without a file.
Result<ReadResult> list_media(const SourceConfig& source, const std::filesystem::path& base);
// The paths as a field of those items or users that other sources know; the others are counted.
void add_media_field(const SourceTable& source, Dataset& dataset, QualityReport& quality);

}  // namespace haina
