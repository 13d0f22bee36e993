// Popularity: items with the most events first. Every other expert must beat it; it also ranks items for an empty
// history. Cost: one pass over the events.
#include <memory>

#include "experts/counts.h"

namespace haina {

ExpertEntry popularity_entry() {
  return {
      .name = "popularity",
      .summary = "Items with the most events first: the baseline that every other expert must beat.",
      .evidence = Evidence::kCounts,
      .channel = "popular",
      .params = {{.name = "half_life_days",
                  .value = 0,
                  .min = 0,
                  .max = 1e5,
                  .doc = "age in days at which an event counts half; 0: no decay"}},
      .uses_fields = false,
      .make =
          [](const Params& p) { return std::make_unique<Counts>(p.number("half_life_days"), Counts::Scale::kPlain); },
      .parameter_paths = {{.param = "half_life_days", .factor = 3, .from = 90}}};
}

}  // namespace haina
