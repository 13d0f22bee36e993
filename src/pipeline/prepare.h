// Reads every source, cleans and assembles them, and keeps the result; does nothing where nothing changed.
#pragma once

#include "base/progress.h"
#include "base/stop.h"
#include "config/config.h"
#include "data/dataset.h"

namespace haina {

struct PrepareOptions {
  const StopFlag* stop = nullptr;
  Progress* progress = nullptr;
};

// prepared/ is whole or as it was before; bad rows stand in rejects/NAME.csv. The dataset is read back, not made again,
// while haina.toml and the sizes and times of the files are unchanged.
Result<Dataset> run_prepare(const Config& config, const PrepareOptions& options);

}  // namespace haina
