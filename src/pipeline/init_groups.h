// Files that are one source together: a file a month, the parts of a job's output, the folders of a partitioned table.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/formats/file_preview.h"

namespace haina {

struct FileGroup {
  std::string name;                          // of the source: "events" for events-2024-01.csv and events-2024-02.csv
  std::vector<std::filesystem::path> files;  // absolute, sorted, at least one
  std::filesystem::path pattern = {};        // absolute, with "*" for what differs; empty: one file
};

// The files and those in the folders among them, grouped by their names without numbers, dates and partitions
// ("dt=2024-01-01"). Hidden files, markers such as _SUCCESS, empty files beside others, pictures, and what haina wrote
// are left out. A single file in a folder beside other files is left out with a doubt: it may be another data set.
std::vector<FileGroup> group_files(const std::vector<std::filesystem::path>& files, std::vector<std::string>& doubts);

// The preview of a group: rows of several of its files, with the columns that their folders name. Nothing if the files
// differ in their columns or share rows, as folds of one data set do: each is a source of its own, and a doubt says so.
Result<FilePreview> preview_group(const FileGroup& group);

// A group of each file.
std::vector<FileGroup> single_files(const FileGroup& group);

}  // namespace haina
