// Which of a store's events a version was trained on already.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "store/store.h"

namespace haina {

struct ReplayStart {
  int64_t number = 0;        // of the last event that the version was trained on; 0: every event is to be learned
  std::string why_all = {};  // why none of the store's events counts as trained on, where one might think so; or empty
};
// about: of the version's model. The number that the version recorded holds only for a store that has lived through the
// snapshot that it was trained on: not for another store, nor for a copy made before the training.
Result<ReplayStart> replay_start(const nlohmann::json& about, Store& store);

}  // namespace haina
