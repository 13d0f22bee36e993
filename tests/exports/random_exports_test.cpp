// Exports drawn at random in many dialects, encodings, types and defects, each with a known truth.
#include "exports/random/run_random.h"

namespace haina {
namespace {

// What the generator says is the truth, and what the check compares, agree where nothing can be misread: hardly any
// differ (vectors in brackets and thumbs without a goal are left).
TEST_F(RandomExports, CleanOnesAreRight) {
  run_seeds(1, 40, Difficulty::kClean);
  EXPECT_GE(counts_.front() + counts_[static_cast<size_t>(Outcome::kTold)], 30);
}

// How many are understood is held by the slow test.
TEST_F(RandomExports, CrashNothing) { run_seeds(1, 200); }

}  // namespace
}  // namespace haina
