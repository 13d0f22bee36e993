// Trending: what was taken most of late, each event counting half as much every half-life. Where taste or the catalogue
// moves, it beats plain popularity (MovieLens-100K by time, NDCG@10 .2960 at 7 days against .2354), and for newcomers
// it is often all there is.
#include "experts/counts.h"

namespace haina {

ExpertEntry trending_entry() {
  return {.name = "trending",
          .summary = "Most interactions of late first.",
          .params = {{.name = "half_life_days",
                      .value = 30,
                      .min = 1e-3,
                      .max = 1e5,
                      .doc = "age at which an event counts half"}},
          .uses_fields = false,
          .make =
              [](const Params& p) {
                return std::make_unique<Counts>(p.number("half_life_days"), Counts::Scale::kLogarithm);
              },
          .variants = {{{"half_life_days", 2}}, {{"half_life_days", 7}}, {{"half_life_days", 120}}}};
}

}  // namespace haina
