// A moment of a store, as the model that was trained from it records it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

#include "store/store.h"

namespace haina {

inline nlohmann::json moment_json(const StoreMoment& moment) {
  nlohmann::json runs = nlohmann::json::array();
  for (const StoreRun& run : moment.runs) {
    runs.push_back({{"id", run.id}, {"first", run.first}});
  }
  return {{"uuid", moment.store}, {"snapshot", moment.snapshot}, {"last_number", moment.number}, {"runs", runs}};
}

// Empty names where `json` has none: models of earlier releases recorded the number alone.
inline StoreMoment moment_of(const nlohmann::json& json) {
  StoreMoment moment = {.store = json.value("uuid", ""),
                        .snapshot = json.value("snapshot", ""),
                        .number = json.value("last_number", int64_t{0})};
  for (const nlohmann::json& run : json.value("runs", nlohmann::json::array())) {
    moment.runs.push_back({.id = run.value("id", ""), .first = run.value("first", int64_t{1})});
  }
  return moment;
}

}  // namespace haina
