// Columns that the folders of a path name, as Hive and Spark write them: "events/dt=2024-01-01/part-0.csv".
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace haina {

// The (column, value) pairs of a path's folders from the outermost on. %20 and the like are decoded; Hive's name for a
// missing value is an empty text.
std::vector<std::pair<std::string, std::string>> partitions_of(const std::filesystem::path& path);

}  // namespace haina
