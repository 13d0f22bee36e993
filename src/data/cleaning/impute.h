// Missing values filled as [clean.impute] says, field by field; every filled cell is counted.
#pragma once

#include "config/config.h"
#include "data/dataset.h"
#include "data/cleaning/quality_report.h"

namespace haina {

// Numbers: median, mean, mode or a number. Categories: mode, unknown or a value. Tags and texts: unknown or a value.
// kInvalidArgument where a rule names no field, or cannot be carried out on its type or without any known value.
Status impute(const CleanConfig& clean, Dataset& dataset, QualityReport& quality);

}  // namespace haina
