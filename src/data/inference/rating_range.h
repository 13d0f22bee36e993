// The scale on which a dataset's users rate items.
#pragma once

#include <span>

#include "config/goal.h"
#include "data/dataset.h"

namespace haina {

struct RatingRange {
  float lowest, highest;  // NaN where the dataset has no ratings
};

// The range of the value column that a goal names; where none names one, of the columns whose name says that they are
// ratings ("stars", "Bewertung"). An amount or a price is no rating. Only the sources' own files count, not what came
// in while serving, so that the scale stays the same over trainings from a store. For a dataset whose quality report
// has no ranges, as earlier releases wrote it: the range of all values.
RatingRange rating_range(const Dataset& dataset, std::span<const Goal> goals);

}  // namespace haina
