#include "pipeline/calibration.h"

#include <gtest/gtest.h>

#include "base/seed.h"

namespace haina {
namespace {

TEST(Calibration, FindsTheLogisticCurveThatMadeTheLabels) {
  RandomStream random(3, "pointwise_test");
  std::vector<float> scores, labels;
  for (int i = 0; i < 20000; ++i) {
    scores.push_back(static_cast<float>(6 * random.uniform() - 3));
    labels.push_back(random.uniform() < 1 / (1 + std::exp(-(1.5 * static_cast<double>(scores.back()) - 0.5))) ? 1.0F
                                                                                                              : 0.0F);
  }
  const Calibration fit = calibrate(scores, labels);
  EXPECT_NEAR(fit.slope, 1.5, 0.1);
  EXPECT_NEAR(fit.offset, -0.5, 0.1);
  const std::vector<float> p = fit.probabilities(std::vector<float>{-100, 0, 100});
  EXPECT_NEAR(p[0], 0, 1e-6);
  EXPECT_NEAR(p[1], 1 / (1 + std::exp(-fit.offset)), 1e-6);
  EXPECT_NEAR(p[2], 1, 1e-6);
}

TEST(Calibration, OneLabelAloneAndNoDataStayFinite) {
  EXPECT_TRUE(std::isfinite(calibrate(std::vector<float>{1, 2, 3}, std::vector<float>{1, 1, 1}).slope));
  EXPECT_EQ(calibrate({}, {}).slope, 0);
}

}  // namespace
}  // namespace haina
