// How a model's scores move with one number of an item, everything else being as it is (Friedman, "Greedy Function
// Approximation: A Gradient Boosting Machine", 2001).
#pragma once

#include <nlohmann/json.hpp>
#include <span>

#include "base/error.h"
#include "base/stop.h"
#include "data/dataset.h"
#include "data/user_state.h"
#include "model/model.h"

namespace haina {

// A list with an entry for each number and date of items that the fusion network reads, the one that moves scores most
// first: {"field", "type", "users", "items", "range", "points": [{"value", "score", "low", "high"}]}.
//
// A point's value is a decile of the field (dates: days since 1970), its score the mean over users and items of the
// network's score with that value in the place of the items' own, standardised for each user: 0 is the mean of these
// items as they are, 1 a standard deviation between them. Bounds are the 95 % interval over users; range is the
// difference of the highest and the lowest point. Items are taken as new ones are: by their fields, without what was
// learned of their ids. Empty without a network, which alone reads numbers. kInterrupted after a requested stop.
Result<nlohmann::json> partial_dependence(const Dataset& dataset, const Model& model, std::span<const UserState> users,
                                          const StopFlag* stop);

}  // namespace haina
