// haina init: looks at files, infers what each is, and writes haina.toml with the uncertain guesses as comments.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace haina {

struct InitReport {
  std::string toml;
  std::vector<std::string> lines;   // per file: what it was recognized as, or why it was skipped
  std::vector<std::string> doubts;  // guesses that may be wrong; the file holds them as comments
};

enum class Overwrite { kNo, kYes };
// `path`: a folder, a file, or the common beginning of several files. Paths in haina.toml are relative to the folder of
// `out`. kInvalidArgument if `out` exists and must not be overwritten; kBadData if no file can be a source.
Result<InitReport> run_init(const std::filesystem::path& path, const std::filesystem::path& out, Overwrite overwrite);

}  // namespace haina
