// Events that no person made and numbers that no sensor measured: dropped or made missing, and every case counted.
#pragma once

#include <cstdint>
#include <vector>

#include "data/config.h"
#include "data/dataset.h"
#include "data/quality.h"

namespace haina {

// An accepted event while it is cleaned.
struct RawEvent {
  int32_t user, item;
  uint8_t action, part;
  bool goal;
  float value, weight;
  uint32_t order;  // of acceptance, over all sources
  int64_t time;
};

// Exact repeats of (user, item, action, time, part). events: sorted by user and time.
void drop_duplicates(std::vector<RawEvent>& events, const Dataset& dataset, QualityReport& quality);

// More events of one user in a minute than a person makes: all of that minute's go, and so do repeats of one action on
// one item within duplicate_seconds, inside one part. events: sorted by user and time.
void drop_floods(std::vector<RawEvent>& events, const CleanConfig& clean, const Dataset& dataset,
                 QualityReport& quality);

// Users and items with fewer events than asked lose them, again and again until none is left below.
void keep_core(std::vector<RawEvent>& events, const CleanConfig& clean, const Dataset& dataset, QualityReport& quality);

// Numbers further from the median than z robust deviations (1.4826 x the median absolute deviation) become missing.
void drop_outliers(Field& field, double z, const Vocabulary& ids, QualityReport& quality);

}  // namespace haina
