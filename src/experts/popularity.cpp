// Popularity: most interactions first. Cost: one pass over the events. The floor that every other expert must beat, and
// the order for an empty history.
#include "experts/counts.h"

namespace haina {

ExpertEntry popularity_entry() {
  return {
      .name = "popularity",
      .summary = "Most interactions first: the floor that every other expert must beat.",
      .params = {{.name = "half_life_days",
                  .value = 0,
                  .min = 0,
                  .max = 1e5,
                  .doc = "age at which an event counts half; 0: never"}},
      .uses_fields = false,
      .make =
          [](const Params& p) { return std::make_unique<Counts>(p.number("half_life_days"), Counts::Scale::kPlain); },
      .ladders = {{.param = "half_life_days", .factor = 3, .from = 90}}};
}

}  // namespace haina
