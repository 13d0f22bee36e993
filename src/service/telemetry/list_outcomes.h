// What users did with the lists they got: clicks by position, likes, dwell times, ratings; and which items were shown.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/hashed_names.h"
#include "store/store.h"

namespace haina {

class ListOutcomes {
 public:
  // The newest lists are held, of one user so many; clicks on older ones are not counted.
  static constexpr size_t kMostLists = 100'000;
  static constexpr size_t kListsOfUser = 50;
  static constexpr size_t kMostBytes = 64
                                       << 20;  // of those lists, estimated; 300 bytes with ten items, 4.6 KB with 1,000
  // Begins the ids of events that feedback became: it is counted as feedback already.
  static constexpr const char* kFeedbackId = "feedback:";
  // An event counts as a click if it comes within a day of a list that showed its item.
  static constexpr int64_t kJoinUs = int64_t{86'400'000'000};

  explicit ListOutcomes(size_t most_bytes = kMostBytes) : most_bytes_(most_bytes) {}

  // Sets what lists are signed with, the same on all servers of a store, and who was forgotten. Called once, first.
  void sign_with(const std::string& secret, HashedNames forgotten);
  // Any thread may call these.
  // A new id for a list of the user: unique, and signed for that user.
  std::string new_list(const std::string& user, int64_t time_us);
  void on_impression(const Impression& impression);
  void on_feedback(const Feedback& feedback);
  // Counts the event as a click if a recent list of the user has the item; once for each list and item. Refusals
  // (dislike, hide) and items merely shown are no clicks.
  void learn(const LiveEvent& event);
  // Whether the user got that list from a server of this store, and was not forgotten since. The signature tells, so
  // that feedback may be sent to any server, however old the list is.
  bool knows(const std::string& list, const std::string& user) const;
  void forget(const std::string& user);
  // Drops what those users were shown until they were forgotten. Hashes the names of all who have lists.
  void forget(const HashedNames& names);
  // {"since" (seconds since 1970 of the oldest that is counted, or null), "impressions", "shown", "clicks", "ctr",
  // "likes", "dislikes", "like_rate", "mean_dwell_s", "mean_rating", "ratings", "ctr_by_position": [{"position",
  // "shown", "clicked"}]}; a rate is null if nothing was counted.
  nlohmann::json to_json() const;
  int64_t items_shown() const;
  size_t lists() const;
  size_t bytes() const;  // of the lists held, estimated

 private:
  struct List {
    std::string user;
    std::vector<int32_t> items;  // numbers of items_
    std::vector<bool> clicked;
    int64_t time_us = 0;
  };
  static constexpr int64_t kNothing = std::numeric_limits<int64_t>::max();
  using Lists = std::unordered_map<std::string, List>;
  static size_t bytes_of(const std::string& name, const List& list);
  void click(List& list, int32_t item);
  int32_t number_of(const std::string& item) const;  // -1: never shown
  void drop_oldest();
  void erase(Lists::iterator list);
  std::string signature(const std::string& list, const std::string& user) const;

  const size_t most_bytes_;
  std::string secret_;
  mutable std::mutex mutex_;  // guards all below
  HashedNames forgotten_;
  Lists lists_;
  size_t bytes_ = 0;                                                   // bytes_of all lists_
  std::deque<std::string> order_;                                      // keys of lists_, oldest first, some gone
  std::unordered_map<std::string, std::deque<std::string>> lists_of_;  // by user, oldest first
  std::unordered_map<std::string, int32_t> items_;                     // shown, numbered in that order
  std::vector<int64_t> shown_, clicked_;                               // by position, the first 50
  int64_t since_us_ = kNothing;                                        // of the oldest list or feedback counted
  int64_t places_ = 0;                                                 // of all lists: items shown, again and again
  int64_t impressions_ = 0, clicks_ = 0, likes_ = 0, dislikes_ = 0, dwells_ = 0, ratings_ = 0;
  double dwell_seconds_ = 0, rating_sum_ = 0;
};

}  // namespace haina
