// How much a trained model relies on each of its experts and sources.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>

#include "base/error.h"
#include "base/stop.h"
#include "data/dataset.h"
#include "data/user_state.h"
#include "model/model.h"

namespace haina {

// States of at most `most` users of the dataset as they are now, evenly spread over its rows.
std::vector<UserState> spread_users(const Dataset& dataset, int64_t most);

// {"blender", "users", "experts": [{"name", "evidence", "weight", "weight_low", "weight_high", "share": {"value",
// "low", "high"}}], "groups": [{"name", "users", "experts": {name: share}}], "sources": [{"name", "weight",
// "weight_low", "weight_high", "share": {…}}]}.
//
// Of an expert: weight is what the ranker multiplies its standardised scores by, the mean over users; bounds are the 95
// % interval of that mean and left out where the weight is the same for all users. share is the part of |weight x
// score| that comes from it on the ten best items of a user's list; shares sum to 1. groups: the shares of users with
// histories of like length.
// Of a source of the network's items: weight is the mean over items, its bounds are those of the middle 80 % of items;
// share is the part of the network's positive score that comes from it on the same lists. No "sources" without a
// network. kInterrupted after a requested stop.
Result<nlohmann::json> model_weights(const Model& model, std::span<const UserState> users, const StopFlag* stop);

}  // namespace haina
