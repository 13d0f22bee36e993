// Ids of one source as ids of the project: from a mapping file, or found by alignment.
#pragma once

#include <arrow/api.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "config/config.h"

namespace haina {

using IdMap = std::unordered_map<std::string, std::string>;  // id in the source -> id in the project

// Path of a mapping file: relative paths start at `base`, ${NAME} is a variable of the environment.
Result<std::filesystem::path> id_map_path(const std::string& given, const std::filesystem::path& base,
                                          const std::string& where);

// A JSON object of strings or whole numbers, or delimited text with two columns; also as .gz and .zst. kBadData where
// an id is mapped to two different ids.
Result<IdMap> read_id_map(const std::filesystem::path& path);

enum class Unmapped { kKeep, kDrop };
// Rewrites the ids of one side; for users also those in "other" of social ties, for items in "other" of links. Rows
// with an id outside the map are kept unchanged or dropped; `dropped` is called with the id of each dropped row.
Result<std::shared_ptr<arrow::Table>> rewrite_ids(const std::shared_ptr<arrow::Table>& table,
                                                  const SourceConfig& source, Side side, const IdMap& map,
                                                  Unmapped unmapped,
                                                  const std::function<void(std::string_view)>& dropped);

}  // namespace haina
