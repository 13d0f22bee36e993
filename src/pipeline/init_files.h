// The files that haina init looks at, and the names it gives to sources and projects.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace haina {

// A folder's files and folders in sorted order, or one file. A path that names neither may be the common beginning of
// several files: "exports/Office" for Office.item.json and Office.train.csv. kNotFound if there are none.
Result<std::vector<std::filesystem::path>> list_files(const std::filesystem::path& path);

// A picture, a sound or a film, by the ending of its name.
bool is_media(const std::filesystem::path& file);
// A readme, a license, a configuration, a script: never a source.
bool is_documentation(const std::filesystem::path& file);

// The path of a media source, relative to `base`, if at least half of a folder's files are pictures, sounds or films of
// one ending: "posters/{item}.jpg".
std::optional<std::string> media_pattern(const std::filesystem::path& folder, const std::filesystem::path& base);

// A source's name by its file, without the extensions of formats: "Office_item" for "Office.item.json.gz". The atomic
// files of RecBole are named by their extension: "inter" for "ml-100k.inter".
std::string source_name(const std::filesystem::path& file);

// The folder's name; of a folder called "exports", "data" or the like that of the folder around it.
std::string project_name(std::filesystem::path path);

}  // namespace haina
