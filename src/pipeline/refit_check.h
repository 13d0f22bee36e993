// Validation users whose held-out events stay out of the refit, so that the ranker can be judged on refitted models.
#pragma once

#include <cstdint>

#include "data/dataset.h"
#include "data/split.h"

namespace haina {

struct ValidationUsers {
  HeldOut fitting;  // the ranker is fitted on them
  HeldOut judging;  // a tenth, at most 1,000; none where that would be fewer than 50, which tell nothing
};
ValidationUsers set_apart(const HeldOut& validation, uint64_t seed);

// The split in which the validation events of these users belong to the test part: models that are fitted on all known
// events do not know them.
Split hold_back(const Dataset& dataset, const Split& split, const HeldOut& users);

}  // namespace haina
