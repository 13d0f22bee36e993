// The mutable state of an engine; for the source files of Engine alone.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/waiting_events.h"

namespace haina {

inline constexpr double kTrendHalfLifeUs = 3 * 86'400e6;  // of a live event in the trend

// A live event as an engine keeps it.
struct Engine::Learned {
  UserEvent event = {.item = ItemId{-1}};  // the item is a row of the catalog; -1: not set yet
  bool is_goal = false;
  bool is_read = false;     // training saw the action: the event joins the state
  int64_t seen_age_us = 0;  // for how long it keeps its item out of lists, see SeenRules
  float severity = 0;       // of a low answer; 0: none
  bool says_something() const { return is_goal || is_read || seen_age_us > 0 || severity > 0; }
};

// What came in about a user since training.
struct Engine::LiveUser {
  static constexpr size_t kMostLowAnswers = 20;  // the newest push similar items down

  struct SeenItem {
    int32_t item;      // row of the catalog
    int64_t until_us;  // from then on the item may be in lists again
  };
  // The newest events in order of arrival; items are rows of the catalog. Goal events, and all others.
  std::vector<UserEvent> events, other_events;
  // What lists leave out: for ever, and for a time. Ascending by item, each once; unlike the events never shortened.
  std::vector<int32_t> seen;
  std::vector<SeenItem> seen_for_a_time;
  std::vector<LowAnswer> low_answers;
  std::set<int32_t> adopted;  // rows of added items that remember the user as an adopter
  bool shortened = false;     // whether goal events were dropped
  UserUpdate update;
  uint32_t version = 0;
  bool forgotten = false;  // the prepared rows do not belong to the user any more
  bool described = false;  // put_user was called
  bool has_anything() const {
    return described || !events.empty() || !other_events.empty() || !seen.empty() || !seen_for_a_time.empty() ||
           !low_answers.empty();
  }
  bool is_gone() const { return forgotten && !has_anything(); }  // and has not come back

  // Keeps about `most` events of each kind: the oldest are dropped a quarter of `most` at a time.
  void add(const Learned& learned, int64_t most) {
    const UserEvent& event = learned.event;
    if (learned.is_goal || learned.is_read) {
      std::vector<UserEvent>& kind = learned.is_goal ? events : other_events;
      if (std::ssize(kind) >= most + most / 4) {
        shortened = shortened || learned.is_goal;
        kind.erase(kind.begin(), kind.end() - (most - 1));
      }
      kind.push_back(event);
    }
    if (learned.seen_age_us > 0) {
      const bool forever = event.time_us == kNoTime || event.time_us > SeenRules::kForever - learned.seen_age_us;
      forever ? add_seen(row_of(event.item)) : add_seen(row_of(event.item), event.time_us + learned.seen_age_us);
    }
    std::erase_if(low_answers, [&](const LowAnswer& answer) {  // a new answer on the item replaces the old one
      return answer.item == row_of(event.item) && (learned.is_goal || learned.severity > 0);
    });
    if (learned.severity > 0) {
      if (low_answers.size() >= kMostLowAnswers) {
        low_answers.erase(low_answers.begin());
      }
      low_answers.push_back({row_of(event.item), learned.severity});
    }
    ++version;
  }
  void add_seen(int32_t item) {
    const auto at = std::ranges::lower_bound(seen, item);
    if (at == seen.end() || *at != item) {
      seen.insert(at, item);
    }
  }
  void add_seen(int32_t item, int64_t until_us) {
    const auto at = std::ranges::lower_bound(seen_for_a_time, item, {}, &SeenItem::item);
    if (at != seen_for_a_time.end() && at->item == item) {
      at->until_us = std::max(at->until_us, until_us);
    } else {
      seen_for_a_time.insert(at, {item, until_us});
    }
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
  std::shared_ptr<const LazyContentIndex> content = std::make_shared<LazyContentIndex>();
  at::Tensor hidden;                                                                         // bool [catalog]
  std::shared_ptr<const std::set<int32_t>> removed = std::make_shared<std::set<int32_t>>();  // rows of added items
  at::Tensor dataset_events;     // int64 [items of the dataset]: how many each has there; never changed
  uint32_t catalog_version = 0;  // of added, rules and hidden

  // A count of events that decays exponentially.
  struct DecayedCount {
    double count = 0;
    int64_t time_us = 0;  // to which `count` is decayed
    int64_t events = 0;   // undecayed
    double at(int64_t now) const { return count * std::exp2(-static_cast<double>(now - time_us) / kTrendHalfLifeUs); }
  };
  std::unordered_map<int32_t, DecayedCount> trend;  // by row of the catalog
  // Actions that training did not see: their rows follow those of Dataset.actions. Further ones share the last row.
  std::vector<std::string> new_actions;
  int64_t newest_us = 0;               // of live goal events
  int64_t newest_of_all_us = kNoTime;  // of all live events

  WaitingEvents<Learned> waiting;
  HashedNames forgotten;  // everybody who was ever forgotten

  struct Adopter {
    int64_t time_us;  // of the user's first goal event on the item
    std::string user;
    std::vector<int32_t> taste;  // rows of the dataset that the user had taken before
  };
  std::unordered_map<std::string, std::vector<Adopter>> adopters;  // by id of an added item; the first ones, in order
  std::set<std::string> to_place;                                  // items whose vector does not have theirs yet
  std::string placed_last;
};

// A consistent snapshot that a list is built from.
struct Engine::View {
  Catalog catalog;
  std::shared_ptr<const Rules> rules;
  at::Tensor hidden;
  std::shared_ptr<const LazyContentIndex> content;
  std::shared_ptr<const std::set<int32_t>> removed = {};
  // The row of an item that is there; nullopt for one that was deleted.
  std::optional<int32_t> find(const std::string& id) const {
    const std::optional<int32_t> row = catalog.find(id);
    return row && removed->contains(*row) ? std::nullopt : row;
  }
};

}  // namespace haina
