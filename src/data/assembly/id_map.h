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

// Where a mapping file lies: relative paths start at `base`, ${NAME} comes from the environment.
Result<std::filesystem::path> id_map_path(const std::string& given, const std::filesystem::path& base,
                                          const std::string& where);

// A JSON object of strings or whole numbers, or delimited text of two columns; also .gz and .zst. An id given twice
// with two meanings is kBadData.
Result<IdMap> read_id_map(const std::filesystem::path& path);

enum class Unmapped { kKeep, kDrop };
// The ids of one side rewritten (also "other" of social ties for users, of links for items). Rows with an id outside
// the map stay as they are, or go; `dropped` hears the id of each row that goes.
Result<std::shared_ptr<arrow::Table>> rewrite_ids(const std::shared_ptr<arrow::Table>& table,
                                                  const SourceConfig& source, Side side, const IdMap& map,
                                                  Unmapped unmapped,
                                                  const std::function<void(std::string_view)>& dropped);

}  // namespace haina
