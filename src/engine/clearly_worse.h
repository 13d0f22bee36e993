// Whether a new version predicts what users did worse than the version in use.
#pragma once

#include <span>

namespace haina {

// candidate, current: NDCG of the same users' newest events in the same order; at least one user. True where the
// candidate's mean is below 0.8 of the current one's and so many of the users whose values differ are worse off that
// chance does it less than once in 200 times (sign test): the question is asked at every swap, and most values are 0,
// for which an interval of the mean difference promises too much.
bool is_clearly_worse(std::span<const double> candidate, std::span<const double> current);

}  // namespace haina
