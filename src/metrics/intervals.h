// Confidence intervals of means over users: percentile bootstrap, and the paired comparison of two models on the same
// users.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace haina {

// A number with the bounds of its 95 % interval; NaN bounds: no interval was computed.
struct Interval {
  double value = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
};

struct PairedDifference {
  Interval delta;  // mean over users of first - second
  // Two-sided sign-flip test: how often random signs give a difference at least as large. Beyond what the resamples can
  // tell, by the normal approximation of that test, where at least 50 users differ.
  double p = 1;
};

struct ResampleOptions {
  int64_t resamples = 1000;
  double confidence = 0.95;
  uint64_t seed = 7;
};

// The mean of each column with its interval. values: float64 [users, metrics]; NaN cells do not count. Each resample of
// users serves all columns, so one call costs resamples x users draws and one matrix product. The result has the same
// bits for any number of threads.
std::vector<Interval> bootstrap_means(const at::Tensor& values, const ResampleOptions& options = {});
// Holm's correction (1979) of the p-values of one family of tests, in the same order: how likely it is, where there is
// no difference anywhere, that any of the family gives one that looks as large.
std::vector<double> holm_corrected(std::span<const double> p);
// first, second: float64 [users], the same users in the same order; users where either is NaN do not count.
PairedDifference paired_difference(const at::Tensor& first, const at::Tensor& second,
                                   const ResampleOptions& options = {});

}  // namespace haina
