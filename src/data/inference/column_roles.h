// What each column of a file is: its role by header or contents, and the type of fields.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/formats/file_preview.h"
#include "data/inference/column_stats.h"

namespace haina {

// What a file is about, by words in its name.
bool about_users(const std::filesystem::path& file);
bool about_items(const std::filesystem::path& file);

// Whether a column is called "id", or is the key of a JSON document: the file's name says whose id it is.
bool is_plain_id(const std::string& header);

// The role that a header usually names ("movieId": item); empty if it names none.
std::string role_of_header(const std::string& header);

// Column -> role for files without a header, by the file's name and the cells. Guesses are added to `doubts`.
std::map<size_t, std::string> roles_by_content(const std::filesystem::path& file, const std::vector<ColumnStats>& stats,
                                               std::vector<std::string>& doubts);

// The type of a field: number | category | tags:SEPARATOR | text | vector. Empty: the column is left out, for the
// reason added to `doubts`.
std::string field_type(const PreviewColumn& column, const ColumnStats& stats, std::vector<std::string>& doubts);

}  // namespace haina
