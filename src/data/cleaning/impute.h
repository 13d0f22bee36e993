// Fills missing values with the rules of [clean.impute], field by field; every filled value is counted.
#pragma once

#include "config/config.h"
#include "data/cleaning/quality_report.h"
#include "data/dataset.h"

namespace haina {

// Numbers: median, mean, mode or a number. Categories: mode, unknown or a value. Tags and texts: unknown or a value.
// kInvalidArgument where a rule names an unknown field, does not fit its type, or needs a known value and there is
// none.
Status impute(const CleanConfig& clean, Dataset& dataset, QualityReport& quality);

}  // namespace haina
