// Against the C library, whose last bits may differ between machines.
#include "synth/portable_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace haina {
namespace {

TEST(PortableMath, AgreesWithTheLibrary) {
  for (double x = -30; x <= 30; x += 0.0371) {
    EXPECT_NEAR(portable_exp(x) / std::exp(x), 1, 1e-13) << x;
    EXPECT_NEAR(portable_log(std::exp(x)), x, 1e-13 * std::max(1.0, std::abs(x))) << x;
    EXPECT_NEAR(sine_of_turns(x), std::sin(2 * std::numbers::pi * x), 1e-13) << x;
    EXPECT_NEAR(portable_sigmoid(x), 1 / (1 + std::exp(-x)), 1e-14) << x;
  }
  EXPECT_EQ(portable_log(1), 0);
  EXPECT_EQ(portable_exp(0), 1);
  EXPECT_EQ(portable_exp(-1e9), 0);
  EXPECT_EQ(portable_sigmoid(-1e9), 0);
  EXPECT_EQ(sine_of_turns(0), 0);
}

TEST(PortableMath, DrawsHaveMeanZeroAndVarianceOne) {
  RandomStream stream(7, "test");
  constexpr int kDraws = 100'000;
  for (double (*const draw)(RandomStream&) : {draw_normal, draw_flat}) {
    double sum = 0, squares = 0;
    for (int n = 0; n < kDraws; ++n) {
      const double value = draw(stream);
      sum += value;
      squares += value * value;
    }
    EXPECT_NEAR(sum / kDraws, 0, 0.016);  // 5 standard errors
    EXPECT_NEAR(squares / kDraws, 1, 0.023);
  }
}

}  // namespace
}  // namespace haina
