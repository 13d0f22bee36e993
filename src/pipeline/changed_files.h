// Whether a prepared dataset is still that of the project's files.
#pragma once

#include "config/config.h"
#include "data/dataset.h"

namespace haina {

// Whether haina.toml, or the size or time of a file, is another than when `dataset` was prepared. False where that
// cannot be known: standard input, and files that are gone.
bool files_have_changed(const Config& config, const Dataset& dataset);

}  // namespace haina
