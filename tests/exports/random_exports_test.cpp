// Exports drawn at random in many dialects, encodings, types and defects, each with a known truth.
#include "exports/random/run_random.h"

namespace haina {
namespace {

// What the generator says is the truth, and what the check compares, agree where nothing can be misread: hardly any
// differ (thumbs without a goal are left, and said).
TEST_F(RandomExports, CleanOnesAreRight) {
  run_seeds(1, 40, Difficulty::kClean);
  expect_understood(100, 0);
}

// Nor are any misread in silence; the slow test asks the same of ten times as many.
TEST_F(RandomExports, CrashNothing) {
  run_seeds(1, 200);
  expect_understood(98, 0);
}

}  // namespace
}  // namespace haina
