// Shapley values (Shapley, "A Value for n-Person Games", 1953): what each player adds to the value of a game, averaged
// over all orders in which the players may come. Exact, from the values of all subsets.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace haina {

// With more players than that, 2^players subsets take too long to measure one by one.
inline constexpr int64_t kMostPlayers = 10;

// values: float64 [users, 2^players], the value of each subset by each user; bit p of a column's number says whether
// player p belongs to the subset. float64 [users, players]; each row sums to the value of all players minus that of
// none, up to rounding. players: 1 to kMostPlayers (asserted).
at::Tensor shapley_values(const at::Tensor& values, int64_t players);

}  // namespace haina
