#include "data/hold_out_rules.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <span>
#include <utility>

namespace haina {
namespace {

constexpr double kFoldInShare = 0.8;

// The time from which `share` of the goal events in training lie.
int64_t time_cut(const SplitColumns& events, const uint8_t* part, double share) {
  std::vector<int64_t> times;
  for (int64_t i = 0; i < events.size; ++i) {
    if (events.goal[i] && part[i] == kTrain) {
      times.push_back(events.time[i]);
    }
  }
  if (times.empty()) {
    return INT64_MAX;
  }
  const auto at =
      times.begin() + std::min(std::ssize(times) - 1,
                               static_cast<int64_t>(std::llround((1 - share) * static_cast<double>(times.size()))));
  std::nth_element(times.begin(), at, times.end());
  return *at;
}

// Calls with the range [begin, end) of each user's events, and the rows of the goal events in training among them.
template <class Call>
void for_users(const SplitColumns& events, const uint8_t* part, Call call) {
  std::vector<int64_t> goals;
  for (int64_t begin = 0; begin < events.size;) {
    int64_t end = begin;
    goals.clear();
    for (; end < events.size && events.user[end] == events.user[begin]; ++end) {
      if (events.goal[end] && part[end] == kTrain) {
        goals.push_back(end);
      }
    }
    call(begin, end, std::as_const(goals));
    begin = end;
  }
}

// The last `count` goal events, with all events after the first of them.
void hold_out_from(int64_t end, std::span<const int64_t> goals, int64_t count, uint8_t* part, uint8_t as) {
  for (int64_t i = goals[goals.size() - static_cast<size_t>(count)]; i < end; ++i) {
    part[i] = part[i] == kTrain ? as : part[i];
  }
}

}  // namespace

void hold_out_by_time(const SplitColumns& events, uint8_t* part, double share, uint8_t as) {
  const int64_t cut = time_cut(events, part, share);
  for (int64_t i = 0; i < events.size; ++i) {
    if (part[i] == kTrain && events.time[i] >= cut) {
      part[i] = as;
    }
  }
}

void hold_out_last(const SplitColumns& events, uint8_t* part, size_t keep, uint8_t as) {
  for_users(events, part, [&](int64_t, int64_t end, const std::vector<int64_t>& goals) {
    if (goals.size() > keep) {
      hold_out_from(end, goals, 1, part, as);
    }
  });
}

void hold_out_latest(const SplitColumns& events, uint8_t* part, double share, uint8_t as) {
  for_users(events, part, [&](int64_t, int64_t end, const std::vector<int64_t>& goals) {
    const int64_t count =
        std::min(std::llround(share * static_cast<double>(goals.size())), static_cast<long long>(goals.size()) - 1);
    if (count > 0) {
      hold_out_from(end, goals, count, part, as);
    }
  });
}

void hold_out_one(const SplitColumns& events, uint8_t* part, uint8_t as, RandomStream& random) {
  for_users(events, part, [&](int64_t begin, int64_t end, const std::vector<int64_t>& goals) {
    if (goals.size() < 3) {
      return;
    }
    const int32_t item = events.item[goals[static_cast<size_t>(random.below(std::ssize(goals)))]];
    if (std::ranges::all_of(goals, [&](int64_t i) { return events.item[i] == item; })) {
      return;
    }
    for (int64_t i = begin; i < end; ++i) {
      part[i] = part[i] == kTrain && events.item[i] == item ? as : part[i];
    }
  });
}

void hold_out_random(const SplitColumns& events, uint8_t* part, double share, uint8_t as, RandomStream& random) {
  std::set<std::pair<int32_t, int32_t>> held;
  for (int64_t i = 0; i < events.size; ++i) {
    if (part[i] == kTrain && events.goal[i] && random.uniform() < share) {
      held.emplace(events.user[i], events.item[i]);
    }
  }
  for (int64_t i = 0; i < events.size; ++i) {  // all events on a held-out pair
    if (part[i] == kTrain && held.contains({events.user[i], events.item[i]})) {
      part[i] = as;
    }
  }
}

void hold_out_users(const SplitColumns& events, uint8_t* part, const std::vector<uint8_t>& held_user, uint8_t as,
                    uint8_t fold_in, RandomStream& random, bool timed) {
  for (int64_t begin = 0; begin < events.size;) {
    int64_t end = begin;
    while (end < events.size && events.user[end] == events.user[begin]) {
      ++end;
    }
    if (held_user[static_cast<size_t>(events.user[begin])] == as) {
      for (int64_t i = begin; i < end; ++i) {
        const bool known = timed ? static_cast<double>(i - begin) < kFoldInShare * static_cast<double>(end - begin)
                                 : random.uniform() < kFoldInShare;
        part[i] = known ? fold_in : as;
      }
    }
    begin = end;
  }
}

}  // namespace haina
