// The events and entities in the store of a service as sources beside the project's own, so that training uses both.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/error.h"
#include "config/config.h"
#include "store/store.h"

namespace haina {

struct StoreSnapshot {
  Config config;       // the project's, with the store's sources and `out` = folder
  StoreMoment moment;  // the events up to its number are in the snapshot, and no later ones
  int64_t events = 0;
  bool has_values = false;  // whether any event has a value
};
// Writes events and entities as JSON lines into `folder`. Values of events go to the first value column that the goals
// name. The cells of items and users become live rows of the sources with those columns; friends, of the first social
// source. Users whom the store or the project has forgotten are recorded there: their rows in the project's own files
// are left out. Others may write to the store meanwhile.
Result<StoreSnapshot> snapshot_with_store(const Config& config, Store& store, const std::filesystem::path& folder);

}  // namespace haina
