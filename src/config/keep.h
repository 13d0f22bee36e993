// [keep]: for how long, and how much of it, haina keeps what comes in and what it makes.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "config/config.h"
#include "config/key_table.h"

namespace haina {

struct KeepConfig {
  int64_t versions = 0;       // newest trained versions; 0: all
  int64_t events_days = 0;    // of the store; 0: for ever
  int64_t lists_days = 30;    // impressions and feedback of the store; 0: for ever
  int64_t lists = 1'000'000;  // newest impressions, and as much feedback; 0: any number
  std::string place;
  KeyPlaces places;
};

const KeyTable<KeepConfig>& keep_keys();
// Of the project's haina.toml as it is now, so that what keeps and what trains need not be started again together; the
// defaults where the project has no file.
Result<KeepConfig> load_keep(const Config& config);

}  // namespace haina
