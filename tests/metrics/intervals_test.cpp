#include "metrics/intervals.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/seed.h"

namespace haina {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

at::Tensor uniform_column(int64_t n, uint64_t seed) {
  RandomStream stream(seed);
  at::Tensor values = at::empty({n}, at::kDouble);
  for (int64_t i = 0; i < n; ++i) {
    values.data_ptr<double>()[i] = stream.uniform();
  }
  return values;
}

TEST(BootstrapMeans, MatchTheNormalIntervalOfALargeSample) {
  const at::Tensor values = uniform_column(2000, 1);
  const Interval interval = bootstrap_means(values.unsqueeze(1))[0];
  const double mean = values.mean().item<double>(), half = 1.96 * values.std().item<double>() / std::sqrt(2000.0);
  EXPECT_NEAR(interval.value, mean, 1e-12);
  EXPECT_NEAR(interval.low, mean - half, 0.2 * half);
  EXPECT_NEAR(interval.high, mean + half, 0.2 * half);
}

TEST(BootstrapMeans, CoverTheTrueMeanInAboutNinetyFivePercentOfTrials) {
  int covered = 0;
  for (uint64_t trial = 0; trial < 200; ++trial) {
    const Interval interval =
        bootstrap_means(uniform_column(100, 100 + trial).unsqueeze(1), {.resamples = 400, .seed = trial})[0];
    covered += interval.low <= 0.5 && 0.5 <= interval.high ? 1 : 0;
  }
  EXPECT_GE(covered, 180);  // 95 % of 200, less 3 standard deviations
  EXPECT_LE(covered, 199);
}

TEST(BootstrapMeans, SkipUndefinedCellsAndRepeatWithTheSeed) {
  const at::Tensor values = at::tensor(std::vector<double>{1, kNan, 3, kNan, kNan, kNan}).view({3, 2});
  const std::vector<Interval> a = bootstrap_means(values), b = bootstrap_means(values);
  EXPECT_DOUBLE_EQ(a[0].value, 2);
  EXPECT_TRUE(std::isnan(a[1].value));
  EXPECT_EQ(a[0].low, b[0].low);
  EXPECT_EQ(a[0].high, b[0].high);
  EXPECT_GE(a[0].low, 1);
  EXPECT_LE(a[0].high, 3);
}

// The steps by hand: .005 x 4, .01 x 3, .03 x 2, and .04 x 1, which may not fall below the one before.
TEST(HolmCorrected, GrowsWithTheNumberOfTests) {
  const std::vector<double> p = {0.01, 0.04, 0.03, 0.005};
  const std::vector<double> expected = {0.03, 0.06, 0.06, 0.02};
  const std::vector<double> corrected = holm_corrected(p);
  ASSERT_EQ(corrected.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(corrected[i], expected[i], 1e-12) << i;
  }
  EXPECT_TRUE(holm_corrected({}).empty());
  EXPECT_EQ(holm_corrected(std::vector<double>{0.7, 0.9}), (std::vector<double>{1, 1})) << "at most 1";
  EXPECT_EQ(holm_corrected(std::vector<double>{0.2}), (std::vector<double>{0.2}));
}

TEST(PairedDifference, FindsASmallSteadyGainThatUnpairedIntervalsHide) {
  const at::Tensor second = uniform_column(500, 3);
  const at::Tensor first = second + 0.02 * uniform_column(500, 4);
  const PairedDifference difference = paired_difference(first, second);
  EXPECT_NEAR(difference.delta.value, 0.01, 0.002);
  EXPECT_GT(difference.delta.low, 0);
  EXPECT_LT(difference.p, 0.002);
  EXPECT_LT(bootstrap_means(first.unsqueeze(1))[0].low, bootstrap_means(second.unsqueeze(1))[0].high);
}

TEST(PairedDifference, IsExactForFewUsers) {
  // All 8 sign patterns of (1, 1, 1): two of them reach |3|, p = 0.25.
  const PairedDifference difference =
      paired_difference(at::ones({3}, at::kDouble), at::zeros({3}, at::kDouble), {.resamples = 20000});
  EXPECT_NEAR(difference.p, 0.25, 0.01);
}

TEST(PairedDifference, OfEqualModelsIsZeroAndSkipsUndefinedUsers) {
  const at::Tensor values = at::tensor(std::vector<double>{0.5, kNan, 0.25});
  const PairedDifference difference = paired_difference(values, values);
  EXPECT_EQ(difference.delta.value, 0);
  EXPECT_EQ(difference.p, 1);
}

// 400 users who all gain the same: the sum of n equal differences of random signs has the deviation sqrt(n).
TEST(PairedDifference, TellsHowSmallAPValueIsBeyondTheResamples) {
  const at::Tensor zeros = at::zeros({400}, at::kDouble), gains = at::full({400}, 0.1, at::kDouble);
  EXPECT_NEAR(paired_difference(gains, zeros).p / std::erfc(20 / std::sqrt(2.0)), 1, 1e-6);
  EXPECT_NEAR(paired_difference(gains.slice(0, 0, 20), zeros.slice(0, 0, 20)).p, 1 / 1001.0, 1e-9)
      << "with few users the draws alone count";
}

TEST(PairedDifference, PValuesAreUniformUnderTheNullHypothesis) {
  int below = 0;
  for (uint64_t trial = 0; trial < 300; ++trial) {
    below +=
        paired_difference(uniform_column(60, 1000 + trial), uniform_column(60, 5000 + trial), {.resamples = 300}).p <
                0.1
            ? 1
            : 0;
  }
  EXPECT_NEAR(below, 30, 17);  // the standard deviation is 5.2
}

}  // namespace
}  // namespace haina
