// The ranker beside its best model on what users did after training.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace haina {

using ItemsOfUsers = std::map<std::string, std::vector<std::string>>;  // by user, what was taken

// {"users", "metric", "ranker", "best_model", "best_model_value", "delta", "low", "high", "worse"}: means of NDCG@10
// over the users of whom an item is in the engine's dataset; delta: the ranker less its best model by validation, with
// its 95 % interval; worse: as is_clearly_worse says. Both rank the whole catalog outside the user's history, without
// the rules of serving. taken: after the state that the engine has. Null where the model has no best model, or there
// are fewer than 20 such users.
nlohmann::json check_against_best_model(const Engine& engine, const ItemsOfUsers& taken);

}  // namespace haina
