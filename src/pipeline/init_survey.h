// The sources among the files of an export.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/inference/doubt.h"
#include "pipeline/init_toml.h"

namespace haina {

struct InitSurvey {
  std::vector<InitSource> sources = {};
  std::string media = {};               // [[source]] tables of pictures, sounds and films
  std::vector<std::string> lines = {};  // per file: why it is none
  std::vector<Doubt> doubts = {};
  std::vector<std::string> reasons = {};  // per column
  bool all_understood = true;             // no file was left out that could hold data
};

// Previews all files and infers them together. `base`: the folder of haina.toml.
InitSurvey survey_files(const std::filesystem::path& path, const std::vector<std::filesystem::path>& files,
                        const std::filesystem::path& base, const DoubtAnswers& answers);

// The name of the file or files, for people.
std::string shown_file(const InitSource& source);

}  // namespace haina
