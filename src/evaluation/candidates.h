// Which items are ranked for a held-out user when it is not the whole catalog: candidates drawn at random, or published
// with the data.
#pragma once

#include <cstdint>
#include <vector>

#include "data/seen_actions.h"
#include "data/split.h"

namespace haina {

// `count` items for each user, drawn uniformly without repeats from the items that are neither in the history nor in
// the truth; all of those where there are fewer. [held_out.users.size(), items], value 1.
Csr sample_candidates(const HeldOut& held_out, int64_t count, uint64_t seed);

// The held-out users that candidates were published for, and those candidates by their rows.
struct PublishedCandidates {
  HeldOut held_out;
  Csr candidates;                // [held_out.users.size(), items]
  int64_t fewest = 0, most = 0;  // candidates of one user beside the truth; both 0 where there is no user
};
// negatives: [all users, items], by UserState.user. Items of a user's truth are left out of the user's candidates.
PublishedCandidates published_candidates(const HeldOut& held_out, const Csr& negatives);

}  // namespace haina
