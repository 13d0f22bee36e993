// Looks at files, guesses what each is, and writes haina.toml with the doubts as comments.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace haina {

struct InitReport {
  std::string toml;
  std::vector<std::string> lines;   // what each file was taken for
  std::vector<std::string> doubts;  // also in the file, as comments
};

enum class Overwrite { kNo, kYes };
// `path`: a folder or one file. Paths in the file start at its own folder. kInvalidArgument where `out` exists and may
// not be overwritten; kBadData where no file could be taken for a source.
Result<InitReport> run_init(const std::filesystem::path& path, const std::filesystem::path& out, Overwrite overwrite);

}  // namespace haina
