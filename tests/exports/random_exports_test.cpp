// Exports drawn at random in many dialects, encodings, types and defects, each with a known truth.
#include "exports/random/run_random.h"

namespace haina {
namespace {

// What the generator says is the truth, and what the check compares, agree where nothing can be misread.
TEST_F(RandomExports, CleanOnesAreRight) {
  run_seeds(1, 40, Difficulty::kClean);
  EXPECT_EQ(counts_.front(), 40);
}

TEST_F(RandomExports, AreReadRightOrTheirTroubleIsNamed) { run_seeds(1, 200); }

}  // namespace
}  // namespace haina
