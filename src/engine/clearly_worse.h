// Whether a new version predicts what users did worse than the version in use.
#pragma once

#include <span>

namespace haina {

// candidate, current: NDCG of the same users' newest events in the same order; at least one user. True where the
// candidate's mean is below 0.8 of the current one's and the 95 % interval of the paired difference is below 0: with
// few users, the ratio alone is often chance.
bool is_clearly_worse(std::span<const double> candidate, std::span<const double> current);

}  // namespace haina
