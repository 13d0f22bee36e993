// Which of a store's events a version was trained on already.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/hashed_names.h"
#include "store/store.h"

namespace haina {

struct ReplayStart {
  int64_t number = 0;        // of the last event that the version was trained on; 0: every event is to be learned
  std::string why_all = {};  // why none of the store's events counts as trained on, where one might think so; or empty
  std::string note = {};     // why fewer of them do than the version was trained on; or empty
  // Users whom the version's dataset was freed of, and whom this store, which was restored from a backup of before, has
  // not forgotten: all of their events here are to be learned, whatever their numbers, and nothing prepared is theirs.
  std::vector<std::string> came_back = {};
};
// about: of the version's model. What the version was trained on holds for the events that its store and this one have
// in common, see Store::same_until: all of them in the store itself, those up to the backup in a restored one, none in
// another store. gone: whom the version's dataset is known to hold nothing of, see forgotten_in.
Result<ReplayStart> replay_start(const nlohmann::json& about, Store& store, const HashedNames& gone = {});

}  // namespace haina
