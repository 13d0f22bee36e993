// Sources of pictures, sounds and films: one file for each item or user, with the id in the file's name.
#pragma once

#include <filesystem>

#include "data/assembly/assemble.h"
#include "data/formats/read_source.h"

namespace haina {

// The files that match "posters/{item}.jpg" as a table of ids and paths. kInvalidArgument where the path names no
// {item} or {user}, kNotFound without a file.
Result<ReadResult> list_media(const SourceConfig& source, const std::filesystem::path& base);
// Adds the paths as a field of the items or users that other sources know. Files of other ids are counted and ignored.
void add_media_field(const SourceTable& source, Dataset& dataset, QualityReport& quality);

}  // namespace haina
