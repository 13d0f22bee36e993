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
bool about_events(const std::filesystem::path& file);
bool about_ties(const std::filesystem::path& file);   // of users
bool about_links(const std::filesystem::path& file);  // of items

// Whether a column is called "id", or is the key of a JSON document: the file's name says whose id it is.
bool is_plain_id(const std::string& header);

// The role that a header names exactly and that no shape shows: weight, tag, head, relation, tail, entity, name; else
// empty.
std::string role_of_header(const std::string& header);

// The type of a field: number | category | date | tags:SEPARATOR | text | vector. Empty: the column is left out, for
// the reason added to `doubts`.
std::string field_type(const PreviewColumn& column, const ColumnStats& stats, std::vector<std::string>& doubts);

}  // namespace haina
