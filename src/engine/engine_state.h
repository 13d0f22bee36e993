// The mutable state of an engine; for the source files of Engine alone.
#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/engine.h"

namespace haina {

inline constexpr double kTrendHalfLifeUs = 3 * 86'400e6;  // of a live event in the trend

// What came in about a user since training.
struct Engine::LiveUser {
  // The newest events in order of arrival; items are rows of the catalog. Goal events, and all others.
  std::vector<UserEvent> events, other_events;
  UserUpdate update;
  uint32_t version = 0;
  bool forgotten = false;  // the prepared rows do not belong to the user any more
  // Keeps about `most` events of each kind: the oldest are dropped a quarter of `most` at a time.
  void add(const UserEvent& event, bool is_goal, int64_t most) {
    std::vector<UserEvent>& kind = is_goal ? events : other_events;
    if (std::ssize(kind) >= most + most / 4) {
      kind.erase(kind.begin(), kind.end() - (most - 1));
    }
    kind.push_back(event);
    ++version;
  }
};

// Everything below is guarded by `mutex`: many readers, the store's thread writes. Tensors and pointed-to objects are
// replaced, never changed in place, so that a View stays valid without the lock.
struct Engine::Live {
  mutable std::shared_mutex mutex;
  std::unordered_map<std::string, LiveUser> users;
  std::shared_ptr<const AddedItems> added = std::make_shared<AddedItems>();
  std::shared_ptr<const Rules> rules;
  std::vector<RuleConfig> api_rules;
  at::Tensor hidden;             // bool [catalog]
  uint32_t catalog_version = 0;  // of added, rules and hidden

  // A count of events that decays exponentially.
  struct DecayedCount {
    double count = 0;
    int64_t time_us = 0;  // to which `count` is decayed
    int64_t events = 0;   // undecayed
    double at(int64_t now) const { return count * std::exp2(-static_cast<double>(now - time_us) / kTrendHalfLifeUs); }
  };
  std::unordered_map<int32_t, DecayedCount> trend;  // by row of the catalog
  int64_t newest_us = 0;                            // of live events

  std::unordered_map<std::string, std::vector<std::pair<std::string, UserEvent>>> waiting;  // item -> (user, event)
  size_t waiting_count = 0;                                                                 // events

  // The users who took an added item: the sum of the unit vectors of their histories.
  struct AdopterVector {
    std::vector<float> sum;
    int64_t count = 0;
  };
  std::unordered_map<std::string, AdopterVector> adopters;  // by item id
};

// A consistent snapshot that a list is built from.
struct Engine::View {
  Catalog catalog;
  std::shared_ptr<const Rules> rules;
  at::Tensor hidden;
};

}  // namespace haina
