// As random_exports_test.cpp, over ten times as many.
#include "exports/random/run_random.h"

namespace haina {
namespace {

TEST_F(RandomExports, AreMostlyReadRightOrTheirTroubleIsNamed) {
  run_seeds(1, 2000);
  expect_understood(99, 0);
}

}  // namespace
}  // namespace haina
