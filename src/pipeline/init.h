// haina init: looks at files, infers what each is, tries the configuration on them, and writes haina.toml. What is
// uncertain is a doubt, ordered by what it can spoil.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/inference/doubt.h"

namespace haina {

struct InitReport {
  std::string toml;
  std::vector<std::string> lines;    // per file: what it was recognized as, or why it was left out
  std::vector<std::string> doubts;   // guesses that may be wrong, one line each; the file holds them as comments
  std::vector<Doubt> details;        // the same in the same order, with sample rows and the other answers
  std::vector<std::string> reasons;  // per column: its role and why
  std::optional<Error> problem;      // the file is written, and haina prepare needs something more: no events
};

enum class Overwrite { kNo, kYes };
// `path`: a folder, a file, or the common beginning of several files. Paths in haina.toml are relative to the folder of
// `out`. `answers`: a person's answers to the doubts of an earlier run, by their keys. kInvalidArgument if `out` exists
// and must not be overwritten; kBadData if no file can be a source.
Result<InitReport> run_init(const std::filesystem::path& path, const std::filesystem::path& out, Overwrite overwrite,
                            const DoubtAnswers& answers = {});

}  // namespace haina
