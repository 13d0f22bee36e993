// Revisits: whether users take an item that they met before without taking it. In some shops a viewed item is the one
// that is bought days later; in others what was not bought at once never is. The lift of an earlier event is how often
// the goal fell on such items, over how often it would have by the items' popularity alone; it is learned for each
// action of the newest event, its age and the number of events. A score is the log of the lift: above 0 for items that
// users come back to, below 0 for those that they have passed over, 0 for items never met. Events of an action that can
// be a goal itself, such as low ratings, are no visits. Cost: Σ over users of goals x
// items met to fit.
#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <utility>

#include "experts/expert.h"

namespace haina {
namespace {

constexpr double kMicrosPerHour = 3600e6;
constexpr std::array kAgesInHours = {1.0, 6.0, 24.0, 72.0, 168.0, 720.0};  // upper bounds; the last group has none
constexpr int64_t kAges = std::ssize(kAgesInHours) + 1;
constexpr int64_t kTimes = 3;  // one event on the item, two, more

// What a user did with one item.
struct Met {
  uint8_t action = 0;  // of the newest event
  int64_t events = 0;
  int64_t newest_us = kNoTime;
};

using MetItems = std::map<int32_t, Met>;

void meet(MetItems& met, int32_t item, uint8_t action, int64_t time_us) {
  Met& one = met[item];
  ++one.events;
  if (one.newest_us == kNoTime || time_us >= one.newest_us) {
    one.action = action;
    one.newest_us = time_us;
  }
}

int64_t age_group(int64_t age_us) {
  const double hours = static_cast<double>(age_us) / kMicrosPerHour;
  return std::ranges::upper_bound(kAgesInHours, hours) - kAgesInHours.begin();
}

int64_t cell_of(const Met& met, int64_t now_us) {
  return (met.action * kAges + age_group(now_us - met.newest_us)) * kTimes + std::min(met.events, kTimes) - 1;
}

class Revisits final : public Expert {
 public:
  explicit Revisits(const Params& p) : shrink_(p.number("shrink")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_events(train));
    if (context.other_events == nullptr || context.other_events->num_events() == 0) {
      return fail({ErrorCode::kBadData, "revisits needs events other than the goal, and there are none", "",
                   "set [project] goal to a part of the actions, or remove this expert from the configuration"});
    }
    if (!train.has_times() || !context.other_events->has_times()) {
      return fail({ErrorCode::kUnsupported, "revisits needs the times of events", "",
                   "name a time column of the events, or remove this expert from the configuration"});
    }
    set_visits(train, *context.other_events);
    if (!is_visit_.any().item<bool>()) {
      return fail({ErrorCode::kBadData, "revisits needs events of other actions than the goal's, and there are none",
                   "", "add views or the like, or remove this expert from the configuration"});
    }
    count(train, *context.other_events, context);
    return stop_requested(context) ? Status(interrupted()) : ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    at::Tensor scores = at::zeros({std::ssize(users), num_items_}, at::kFloat);
    const float* const lifts = lifts_.const_data_ptr<float>();
    for (int64_t u = 0; u < std::ssize(users); ++u) {
      const UserState& user = users[static_cast<size_t>(u)];
      MetItems met;
      int64_t now_us = user.now_us;  // where it is not given, the time of the newest event
      for (const UserEvent& event : user.other_events) {
        const int32_t item = row_of(event.item);
        if (item >= 0 && item < num_items_ && event.time_us != kNoTime && visits(event.action)) {
          meet(met, item, event.action, event.time_us);
          now_us = std::max(now_us, event.time_us);
        }
      }
      for (const auto& [item, one] : met) {
        scores.data_ptr<float>()[u * num_items_ + item] = lifts[cell_of(one, now_us)];
      }
    }
    return scores;
  }

  TensorMap state() const override {
    return {
        {"lifts", lifts_}, {"is_visit", is_visit_}, {"items", at::tensor(std::vector<int64_t>{num_items_}, at::kLong)}};
  }

  Status restore(const TensorMap& state, const std::string& where) override {
    HAINA_TRY(lifts_, take_tensor(state, "lifts", at::kFloat, 3, where));
    HAINA_TRY(is_visit_, take_tensor(state, "is_visit", at::kBool, 1, where));
    HAINA_TRY(const at::Tensor items, take_tensor(state, "items", at::kLong, 1, where));
    if (lifts_.size(0) != is_visit_.size(0) || lifts_.size(1) != kAges || lifts_.size(2) != kTimes ||
        items.size(0) != 1 || items[0].item<int64_t>() < 0) {
      return fail({ErrorCode::kBadData, "the lifts of revisits are damaged", where, "run haina train again"});
    }
    num_items_ = items[0].item<int64_t>();
    return ok();
  }

 private:
  static constexpr int64_t kMostEvents = 300;  // newest events of a user that count, of goals and of others each

  bool visits(uint8_t action) const { return action < is_visit_.size(0) && is_visit_.const_data_ptr<bool>()[action]; }

  void set_visits(const Interactions& train, const Interactions& others) {
    is_visit_ = at::zeros({others.actions.max().item<int64_t>() + 1}, at::kBool);
    is_visit_.index_fill_(0, others.actions.to(at::kLong), true);
    const at::Tensor goals = train.actions.to(at::kLong);
    is_visit_.index_fill_(0, goals.masked_select(goals.lt(is_visit_.size(0))), false);
  }

  void count(const Interactions& train, const Interactions& others, const FitContext& context) {
    num_items_ = train.num_items;
    const at::Tensor counts = train.item_counts(0).to(at::kDouble).add_(1);
    const at::Tensor shares = counts.div(counts.sum());
    at::Tensor hits = at::zeros({is_visit_.size(0), kAges, kTimes}, at::kDouble);
    at::Tensor expected = at::zeros_like(hits);
    for (int64_t u = 0; u < train.num_users && !stop_requested(context); ++u) {
      count_user(train, others, u, shares.const_data_ptr<double>(), hits.data_ptr<double>(),
                 expected.data_ptr<double>());
    }
    // Few events of one action are pulled towards the lift of all actions at that age, and that one towards 1.
    const at::Tensor all = hits.sum({0, 2}, true).add(1).div(expected.sum({0, 2}, true).add(1));
    const at::Tensor prior = shrink_ / all.clamp_min(1);  // in expected events, so that it stands for `shrink_` hits
    lifts_ = hits.add(prior * all).div(expected.add(prior)).clamp_min(1e-6).log().to(at::kFloat).contiguous();
  }

  // Adds, for each goal event, the items met before it to `expected`, and to `hits` the one that became the goal.
  void count_user(const Interactions& train, const Interactions& others, int64_t user, const double* shares,
                  double* hits, double* expected) const {
    const auto range = [user](const Interactions& events) {
      const int64_t* const offsets = events.offsets.const_data_ptr<int64_t>();
      return std::pair(std::max(offsets[user], offsets[user + 1] - kMostEvents), offsets[user + 1]);
    };
    const auto [first_goal, end_goal] = range(train);
    auto [other, end_other] = range(others);
    const int64_t* const goal_times = train.times.const_data_ptr<int64_t>();
    const int64_t* const other_times = others.times.const_data_ptr<int64_t>();
    MetItems met;
    std::set<int32_t> had;
    for (int64_t goal = first_goal; goal < end_goal; ++goal) {
      const int64_t now_us = goal_times[goal];
      const int32_t taken = train.items.const_data_ptr<int32_t>()[goal];
      for (; other < end_other && other_times[other] < now_us; ++other) {
        const int32_t item = others.items.const_data_ptr<int32_t>()[other];
        const uint8_t action = others.actions.const_data_ptr<uint8_t>()[other];
        if (other_times[other] != kNoTime && visits(action) && !had.contains(item)) {
          meet(met, item, action, other_times[other]);
        }
      }
      if (now_us == kNoTime || !had.insert(taken).second) {
        continue;
      }
      for (const auto& [item, one] : met) {
        const int64_t cell = cell_of(one, now_us);
        expected[cell] += shares[item];
        hits[cell] += item == taken ? 1 : 0;
      }
      met.erase(taken);
    }
  }

  double shrink_;
  int64_t num_items_ = 0;
  at::Tensor is_visit_;  // bool [actions]
  at::Tensor lifts_;     // float32 [actions, kAges, kTimes], logarithms
};

}  // namespace

ExpertEntry revisits_entry() {
  return {.name = "revisits",
          .summary = "Items that the user met before: up where users come back to such items, down where they do not.",
          .item_events = ItemEvents::kNone,
          .needs_history = true,
          .params = {{.name = "shrink",
                      .value = 5,
                      .min = 0.1,
                      .max = 1e6,
                      .doc = "pulls what few events tell of one action towards what all actions tell; in events"}},
          .uses_fields = false,
          .make = [](const Params& p) { return std::make_unique<Revisits>(p); }};
}

}  // namespace haina
