// How a server follows what others changed in the store that they share.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "store/store.h"

namespace haina {

// Brings items, users, rules and hidden items to the store's current state, as a whole.
Status apply_entities(Store& store, Engine& engine);
// Brings what was changed to the store's current state; everything, without `changes`. Costs what it takes to read that
// much again. until: number of the last event that the engine was given; later ones are still to come to it. Returns
// the users who were forgotten.
Result<std::vector<std::string>> follow(Store& store, Engine& engine, const std::optional<std::vector<Change>>& changes,
                                        int64_t until = std::numeric_limits<int64_t>::max());

}  // namespace haina
