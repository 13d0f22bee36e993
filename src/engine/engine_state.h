// What an engine holds beside what was trained; for engine.cpp and describe.cpp alone.
#pragma once

#include <cmath>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/engine.h"

namespace haina {

inline constexpr double kTrendHalfLifeUs = 3 * 86'400e6;  // of a live event

// Guarded by its mutex: many read, the store's thread writes. Tensors and pointers are replaced, never changed.
struct Engine::Live {
  mutable std::shared_mutex mutex;
  struct User {
    // The newest, in the order in which they came; rows of the catalogue. What the goal wants more of, and the rest.
    std::vector<UserEvent> events, others;
    UserSaid said;
    uint32_t version = 0;
    bool forgotten = false;  // what was prepared is not theirs any more
    // Oldest out where there are more than `most`, some at once.
    void add(const UserEvent& event, bool wanted, int64_t most) {
      std::vector<UserEvent>& kind = wanted ? events : others;
      if (std::ssize(kind) >= most + most / 4) {
        kind.erase(kind.begin(), kind.end() - (most - 1));
      }
      kind.push_back(event);
      ++version;
    }
  };
  std::unordered_map<std::string, User> users;
  std::shared_ptr<const AddedItems> added = std::make_shared<AddedItems>();
  std::shared_ptr<const Rules> rules;
  std::vector<RuleConfig> api_rules;
  at::Tensor hidden;       // bool [catalogue]
  uint32_t catalogue = 0;  // version

  struct Heat {
    double count = 0;
    int64_t time_us = 0;
    int64_t events = 0;
    double at(int64_t now) const { return count * std::exp2(-static_cast<double>(now - time_us) / kTrendHalfLifeUs); }
  };
  std::unordered_map<int32_t, Heat> heat;                                                   // row of the catalogue
  int64_t newest_us = 0;                                                                    // of live events
  std::unordered_map<std::string, std::vector<std::pair<std::string, UserEvent>>> waiting;  // of unknown items
  size_t waiting_count = 0;
  // Who took an added item: the sum of their unit vectors, and how many were fused in.
  struct Taken {
    std::vector<float> sum;
    int64_t count = 0;
  };
  std::unordered_map<std::string, Taken> taken;
};

struct Engine::View {
  Catalogue catalogue;
  std::shared_ptr<const Rules> rules;
  at::Tensor hidden;
};

}  // namespace haina
