// Reads all sources, cleans and assembles them, and saves the dataset. Does nothing where no input has changed.
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

// Writes prepared/, which after a failure is as it was before, and the rejected rows to rejects/NAME.csv. While
// haina.toml and the sizes and times of the files are unchanged, the saved dataset is loaded instead.
Result<Dataset> run_prepare(const Config& config, const PrepareOptions& options);

}  // namespace haina
