// Events that come in while serving: the user's state, the trend, and who took an added item.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <numeric>
#include <shared_mutex>

#include "engine/engine_state.h"

namespace haina {
namespace {

constexpr size_t kLastActionRow = 255;

}  // namespace

// How low an answer is, from 0 (it is none) to 1: a refusal, or a value that misses the goal by as much as the lowest
// rating of the dataset does.
float Engine::severity_of(const LiveEvent& event) const {
  const Deed deed = deed_of(event.action);
  if (deed == Deed::kRefused) {
    return 1;
  }
  if (!event.value || deed < Deed::kDealtWith || is_wanted(goals_, event.action, event.value)) {
    return 0;
  }
  float severity = 0;
  for (const Goal& goal : goals_) {
    const bool wants_high = goal.op.starts_with('>');
    if (!wants_high && !goal.op.starts_with('<')) {
      continue;
    }
    const double worst = static_cast<double>(wants_high ? ratings_.lowest : ratings_.highest);
    const double missed = std::abs(*event.value - goal.bound), most = std::abs(worst - goal.bound);
    const double share = most > 0 ? std::clamp(missed / most, 0.1, 1.0) : 1;  // NaN where there are no ratings: 1
    severity = std::max(severity, static_cast<float>(share));
  }
  return severity;
}

double Engine::on_scale_of_ratings(double value, double highest) const {
  const double end = ratings_.highest;
  return end > highest ? value * end / highest : value;
}

// As the project's goal says. Where every event is a goal event, an action that refuses the item is none, unless the
// dataset has it as one, as those of earlier releases do.
bool Engine::is_goal(const LiveEvent& event) const {
  return is_wanted(goals_, event.action, event.value) &&
         (!goals_.empty() || deed_of(event.action) != Deed::kRefused || seen_rules_.is_goal_action(event.action));
}

// Row of Dataset.actions, or behind them of Live.new_actions. The caller holds the lock.
uint8_t Engine::action_row(const std::string& action) {
  if (const auto row = dataset_.actions.find(action)) {
    return static_cast<uint8_t>(*row);
  }
  std::vector<std::string>& names = live_->new_actions;
  const auto place = static_cast<size_t>(std::ranges::find(names, action) - names.begin());
  const size_t row = static_cast<size_t>(dataset_.actions.size()) + place;
  if (place == names.size() && row < kLastActionRow) {
    names.push_back(action);
  }
  return static_cast<uint8_t>(std::min(row, kLastActionRow));
}

// Without its item and the row of its action, which the caller sets.
Engine::Learned Engine::learned(const LiveEvent& event) const {
  return {.event = {.item = ItemId{-1},
                    .value = static_cast<float>(event.value.value_or(std::numeric_limits<double>::quiet_NaN())),
                    .time_us = event.time_us},
          .is_goal = is_goal(event),
          .is_read = dataset_.actions.find(event.action).has_value(),
          .seen_age_us = seen_rules_.age_us(event.action),
          .severity = severity_of(event)};
}

std::vector<std::string> Engine::remarks_on(std::span<const LiveEvent> events) const {
  constexpr size_t kMostRemarks = 10;
  const Catalog catalog = view().catalog;
  std::map<std::string, std::pair<int64_t, const LiveEvent*>> no_goals;  // action -> how many, the first
  int64_t unknown = 0;
  const LiveEvent* first_unknown = nullptr;
  for (const LiveEvent& event : events) {
    if (!is_goal(event)) {
      auto& [count, first] = no_goals[event.action];
      first = count++ == 0 ? &event : first;
    }
    if (!catalog.find(event.item)) {
      first_unknown = unknown++ == 0 ? &event : first_unknown;
    }
  }
  std::vector<std::string> remarks;
  if (unknown > 0) {
    remarks.push_back(fmt::format("{} of {} not in the catalog ('{}'{}): kept until the item is added",
                                  unknown == 1 ? "1 event is" : fmt::format("{} events are", unknown),
                                  unknown == 1 ? "an item" : "items", first_unknown->item, unknown == 1 ? "" : ", …"));
  }
  for (const auto& [action, counted] : no_goals) {
    const auto& [count, first] = counted;
    if (remarks.size() >= kMostRemarks) {
      break;
    }
    const std::string value = first->value ? fmt::format(", value {}", *first->value) : "";
    remarks.push_back(fmt::format(
        "{} (action '{}'{}): the goal is {}{}",
        count == 1 ? "1 event is no goal event" : fmt::format("{} events are no goal events", count), action, value,
        config_.goal.empty() ? "every event but a refusal" : fmt::format("{}", fmt::join(config_.goal, " or ")),
        dataset_.actions.find(action) ? "" : "; no model has seen the action in training"));
  }
  return remarks;
}

void Engine::learn(const LiveEvent& event) {
  Learned known = learned(event);
  if (!known.says_something()) {
    return;
  }
  const std::unique_lock lock(live_->mutex);
  known.event.action = action_row(event.action);
  live_->newest_of_all_us = std::max(live_->newest_of_all_us, event.time_us);
  const auto item = Catalog(dataset_, live_->added).find(event.item);
  if (!item) {
    wait_for_item(event, known);
    return;
  }
  known.event.item = ItemId{*item};
  take_in(event.user, known);
}

// The caller holds the lock.
void Engine::wait_for_item(const LiveEvent& event, const Learned& known) {
  const bool knows_user = live_->users.contains(event.user) || dataset_.users.find(event.user).has_value();
  live_->waiting.add(event.user, event.item, known, knows_user ? UserKnown::kYes : UserKnown::kNo);
}

// Adds an event to its user, to the adopters of an added item, and to the trend. The caller holds the lock.
void Engine::take_in(const std::string& user, const Learned& known) {
  if (known.is_goal) {
    count_in_trend(row_of(known.event.item), known.event.time_us);
  }
  add_to_user(user, known);
}

void Engine::add_to_user(const std::string& user, const Learned& known) {
  const int32_t item = row_of(known.event.item);
  const bool places = known.is_goal && model_.network.has_value();
  if (places && item >= dataset_.items.size()) {
    add_adopter(item, user, known.event.time_us);
  }
  live_->users[user].add(known, config_.serve.history);
  if (places && item < dataset_.items.size()) {
    look_at_later_adoptions(user, known.event.time_us);
  }
}

// The caller holds the lock.
void Engine::count_in_trend(int32_t item, int64_t time_us) {
  live_->newest_us = std::max(live_->newest_us, time_us);
  live_->catalog_version += has_few_events_ ? 1 : 0;  // then everybody's lists go by live events
  Live::DecayedCount& trend = live_->trend[item];
  const int64_t time = std::max(trend.time_us, time_us);
  trend = {trend.at(time) + std::exp2(-static_cast<double>(time - time_us) / kTrendHalfLifeUs), time, trend.events + 1};
}

// What the user's goal events in memory added to it. The caller holds the lock.
void Engine::take_out_of_trend(const LiveUser& live) {
  for (const UserEvent& event : live.events) {
    const auto trend = live_->trend.find(row_of(event.item));
    if (trend == live_->trend.end()) {
      continue;
    }
    Live::DecayedCount& count = trend->second;
    count.count -= std::exp2(-static_cast<double>(count.time_us - event.time_us) / kTrendHalfLifeUs);
    if (--count.events <= 0) {
      live_->trend.erase(trend);
    }
  }
  live_->catalog_version += has_few_events_ && !live.events.empty() ? 1 : 0;
}

void Engine::relearn(const std::string& user, const std::vector<LiveEvent>& events) {
  const std::unique_lock lock(live_->mutex);
  const Catalog catalog(dataset_, live_->added);
  if (events.empty() && !live_->users.contains(user)) {
    live_->waiting.forget(user);
    return;
  }
  LiveUser& live = live_->users[user];
  take_out_of_trend(live);
  drop_adopter(user, live);
  live_->waiting.forget(user);
  live.events = {};
  live.other_events = {};
  live.seen = {};
  live.seen_for_a_time = {};
  live.low_answers = {};
  live.shortened = false;
  ++live.version;
  for (const LiveEvent& event : events) {
    Learned known = learned(event);
    if (!known.says_something()) {
      continue;
    }
    known.event.action = action_row(event.action);
    const auto item = catalog.find(event.item);
    if (!item) {
      wait_for_item(event, known);
      continue;
    }
    known.event.item = ItemId{*item};
    add_to_user(user, known);
  }
  for (const UserEvent& event : live.events) {  // those that were in memory before are out of the trend, no others
    count_in_trend(row_of(event.item), event.time_us);
  }
}

int64_t Engine::trained_until(const std::string& user) const {
  const std::shared_lock lock(live_->mutex);
  const auto found = live_->users.find(user);
  return found != live_->users.end() && found->second.forgotten ? 0 : trained_until_;
}

// float32 [num_items]: the live events of each item, decayed to the newest live event.
at::Tensor Engine::trend(int64_t num_items) const {
  at::Tensor trend = at::zeros({num_items});
  const std::shared_lock lock(live_->mutex);
  for (const auto& [item, count] : live_->trend) {
    if (item < num_items) {
      // Counts from which events were taken out, and those that never had them, differ by less than a millionth.
      trend.data_ptr<float>()[item] = static_cast<float>(std::round(count.at(live_->newest_us) * 0x1p20) * 0x1p-20);
    }
  }
  return trend;
}

}  // namespace haina
