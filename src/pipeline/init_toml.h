// What haina init found, as the text of haina.toml.
#pragma once

#include <arrow/api.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "config/toml_text.h"
#include "data/formats/file_preview.h"
#include "data/inference/infer_schema.h"

namespace haina {

// A file that can be a source.
struct InitSource {
  std::filesystem::path file;  // absolute
  std::string name;
  FilePreview preview;
  InferredSource inferred;
  std::shared_ptr<arrow::Table> table = {};  // what the dry run read, as read_source gives it
  std::filesystem::path pattern = {};        // of several files that are one source, absolute; empty: `file` alone
};

// The sections beside the sources.
struct InitProject {
  std::vector<std::string> goal = {};  // empty: every event but refusals
  std::string split = "random";        // [split] by
  std::string tag_source = {};         // a source of events that assign tags; names of codes explain its tags
};

std::string toml_list(const std::vector<std::string>& texts);

// A [[source]] table. Paths are relative to `base`, the folder of haina.toml.
std::string source_toml(const InitSource& source, const InitProject& project, const std::filesystem::path& base);
std::string media_toml(const std::string& name, const std::string& pattern);

// The whole file; `sources` are its [[source]] tables, `doubts` become comments: one line each, without line breaks.
std::string project_toml(const std::string& name, const InitProject& project, const std::string& sources,
                         const std::vector<std::string>& doubts);

}  // namespace haina
