// A moment of a store, as the model that was trained from it records it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

#include "store/store.h"

namespace haina {

inline nlohmann::json moment_json(const StoreMoment& moment) {
  return {{"uuid", moment.store}, {"snapshot", moment.snapshot}, {"last_number", moment.number}};
}

// Empty names where `json` has none: models of earlier releases recorded the number alone.
inline StoreMoment moment_of(const nlohmann::json& json) {
  return {.store = json.value("uuid", ""),
          .snapshot = json.value("snapshot", ""),
          .number = json.value("last_number", int64_t{0})};
}

}  // namespace haina
