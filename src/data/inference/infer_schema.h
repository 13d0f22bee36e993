// What a file is (events, items, users, social ties, links, names of codes, vectors) and what each of its columns is,
// from a look at it and its name.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "data/inference/file_preview.h"

namespace haina {

struct InferredSource {
  SourceKind kind = SourceKind::kEvents;
  Part part = Part::kAll;                                    // by the file's name
  std::string decimal;                                       // "," where numbers are written so
  std::vector<std::pair<std::string, std::string>> columns;  // as in haina.toml: role = header, or header = type
  std::string time;                                          // header of the time column; empty: none
  std::string goal;                                          // "rating >= 4" where values look like stars
  bool tagged = false;                                       // events that are tag assignments
  std::vector<std::string> actions;                          // distinct values of the action column
};

// doubts: what was guessed and may be wrong is added. Nothing, with the reason among them, where no column could be a
// user or an item.
std::optional<InferredSource> infer_source(const Look& look, const std::filesystem::path& file,
                                           std::vector<std::string>& doubts);

// "train", "valid", "val", "dev" and "test" standing alone in a file's name, between dots, dashes or underscores.
Part part_of_name(const std::filesystem::path& file);

}  // namespace haina
