// Infers what each file of a folder is (events, items, users, social ties, links, names of codes, vectors) and what
// each of its columns is, from previews of all files together: ids that one table keys tell what a column of another
// one is.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/source_kinds.h"
#include "data/formats/file_preview.h"
#include "data/inference/doubt.h"

namespace haina {

struct InferredSource {
  SourceKind kind = SourceKind::kEvents;
  Part part = Part::kAll;                                          // by the file's name
  std::string decimal = {};                                        // "," if numbers are written so
  std::vector<std::pair<std::string, std::string>> columns = {};   // as in haina.toml: role = header, or header = type
  std::string time = {};                                           // header of the time column; empty: none
  std::string goal = {};                                           // "rating >= 4" if the values look like stars
  bool tagged = false;                                             // events that assign tags
  std::vector<std::pair<std::string, std::string>> settings = {};  // more keys of [[source]], with values as TOML
  std::vector<std::string> actions = {};                           // distinct values of the action column
  std::string action = {};                                         // of every row, where no column says it
};

// A file to infer. The preview must outlive the inference.
struct FileToInfer {
  std::filesystem::path file;
  const FilePreview* preview = nullptr;
};

struct InferredFile {
  // Empty: the file is left out, for the reason in `left_out`. Two: events, and what the same rows tell of the items or
  // of the users.
  std::vector<InferredSource> sources = {};
  std::string left_out = {};
  bool is_id_map = false;  // left out as a table that maps ids to ids
  std::vector<Doubt> doubts = {};
  std::vector<std::string> reasons = {};  // a line a column: its role and why
};

// One result a file, in their order.
std::vector<InferredFile> infer_sources(std::span<const FileToInfer> files, const DoubtAnswers& answers);

// Of the words train, training, valid, validation, val, dev, test and testing.
std::optional<Part> part_of_word(const std::string& word);
// By the first such word between dots, dashes or underscores in the name.
Part part_of_name(const std::filesystem::path& file);

}  // namespace haina
