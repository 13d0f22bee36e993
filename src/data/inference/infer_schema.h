// Infers what a file is (events, items, users, social ties, links, names of codes, vectors) and what each of its
// columns is, from a preview and the file's name.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/source_kinds.h"
#include "data/formats/file_preview.h"

namespace haina {

struct InferredSource {
  SourceKind kind = SourceKind::kEvents;
  Part part = Part::kAll;                                    // by the file's name
  std::string decimal;                                       // "," if numbers are written so
  std::vector<std::pair<std::string, std::string>> columns;  // as in haina.toml: role = header, or header = type
  std::string time;                                          // header of the time column; empty: none
  std::string goal;                                          // "rating >= 4" if the values look like stars
  bool tagged = false;                                       // events that assign tags
  std::vector<std::string> actions;                          // distinct values of the action column
};

// Adds guesses that may be wrong to `doubts`. Nothing, with the reason as the last doubt, if no column can be a user or
// an item.
std::optional<InferredSource> infer_source(const FilePreview& preview, const std::filesystem::path& file,
                                           std::vector<std::string>& doubts);

// By the words "train", "valid", "validation", "val", "dev" and "test" between dots, dashes or underscores in the name.
Part part_of_name(const std::filesystem::path& file);

}  // namespace haina
