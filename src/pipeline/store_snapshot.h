// What a service took in, as sources beside a project's own, so that training learns from all of it.
#pragma once

#include "config/config.h"
#include "store/store.h"

namespace haina {

struct WithStore {
  Config config;            // with the store's sources, and an `out` of its own
  int64_t last_number = 0;  // of the events taken
  int64_t events = 0;
  bool has_values = false;  // any of them
};
// Writes events and entities into `folder`. Events that came in are of the first value column of the goals; items and
// users join the source that has their columns; of forgotten users the project's own files give nothing any more.
Result<WithStore> with_store(const Config& config, Store& store, const std::filesystem::path& folder);

}  // namespace haina
