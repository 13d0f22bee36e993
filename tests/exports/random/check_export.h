// How a random export fared: what init and prepare made of it against its truth.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/dataset.h"
#include "exports/random/random_export.h"
#include "pipeline/init.h"

namespace haina {

// kTold: something differs, and a doubt names the very column or problem. kRefused: an error that names the file.
enum class Outcome { kRight, kTold, kRefused, kUnclear, kSilent, kCrash };
const char* name_of(Outcome outcome);

struct Verdict {
  Outcome outcome = Outcome::kRight;
  std::vector<std::string> differences = {};  // "events: 12 pairs differ, such as …"
};

// What a run gave: a dataset or an error.
struct ExportRun {
  const InitReport& init;
  const std::optional<Dataset>& data;
  const std::optional<Error>& error;
};
Verdict check_export(const RandomExport& made, const ExportRun& run);

}  // namespace haina
