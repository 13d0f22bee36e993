// What came of the lists that were given: clicks by position, likes, dwell times, ratings; and which items were shown.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "store/store.h"

namespace haina {

class Satisfaction {
 public:
  static constexpr size_t kMostLists = 100'000;  // what came of older ones is counted without a position
  static constexpr int64_t kJoinUs =
      int64_t{86'400'000'000};  // an event within a day of a list that held its item is a click

  // All of these may be called by any thread.
  void shown(const Impression& impression);
  void told(const Feedback& feedback);
  // An event of a user on an item of one of their lists: a click, once a list and item.
  void learn(const LiveEvent& event);
  // Whether such a list was given, to that user.
  bool knows(const std::string& list, const std::string& user) const;
  void forget(const std::string& user);
  // {"impressions", "clicks", "ctr", "likes", "dislikes", "like_rate", "mean_dwell_s", "mean_rating", "ratings",
  // "ctr_by_position": [{"position", "shown", "clicked"}]}; null where nothing is known.
  nlohmann::json to_json() const;
  int64_t items_shown() const;

 private:
  struct List {
    std::string user;
    std::vector<std::string> items;
    std::vector<bool> clicked;
    int64_t time_us = 0;
  };
  void click(List& list, const std::string& item);

  mutable std::mutex mutex_;  // guards all below
  std::unordered_map<std::string, List> lists_;
  std::deque<std::string> order_;                                      // of lists_, oldest first
  std::unordered_map<std::string, std::deque<std::string>> lists_of_;  // a user's, oldest first
  std::unordered_set<std::string> items_;
  std::vector<int64_t> shown_, clicked_;  // by position
  int64_t impressions_ = 0, clicks_ = 0, likes_ = 0, dislikes_ = 0, dwells_ = 0, ratings_ = 0;
  double dwell_seconds_ = 0, rating_sum_ = 0;
};

}  // namespace haina
