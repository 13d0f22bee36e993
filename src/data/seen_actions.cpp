#include "data/seen_actions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/suggest.h"

namespace haina {
namespace {

constexpr size_t kMostWords = 8;  // of the name of an action
constexpr size_t kMostRemembered = 1000;

int64_t to_us(double days) {
  const double us = days * kMicrosPerDay;
  return us >= 9e18 ? SeenRules::kForever : static_cast<int64_t>(us);
}

// Whether any event of each action meets the goal, [actions].
std::vector<bool> has_goal_events(const Dataset& dataset) {
  std::vector<bool> has(static_cast<size_t>(dataset.actions.size()), false);
  for (int64_t i = 0; i < dataset.events.size(); ++i) {
    if (dataset.events.goal.const_data_ptr<bool>()[i]) {
      has[dataset.events.action.const_data_ptr<uint8_t>()[i]] = true;
    }
  }
  return has;
}

bool all_but_refusals_are_goals(const Dataset& dataset) {
  std::vector<bool> refused;
  for (const std::string& action : dataset.actions.to_strings()) {
    refused.push_back(deed_of(action) == Deed::kRefused);
  }
  for (int64_t i = 0; i < dataset.events.size(); ++i) {
    if (!dataset.events.goal.const_data_ptr<bool>()[i] &&
        !refused[dataset.events.action.const_data_ptr<uint8_t>()[i]]) {
      return false;
    }
  }
  return true;
}

}  // namespace

Deed deed_of(std::string_view action) {
  // Every live event asks, and there are few names.
  thread_local std::map<std::string, Deed, std::less<>> remembered;
  if (const auto found = remembered.find(action); found != remembered.end()) {
    return found->second;
  }
  const Deed deed = action_word(action, kMostWords).value_or(ActionWord()).deed;
  if (remembered.size() < kMostRemembered) {
    remembered.emplace(action, deed);
  }
  return deed;
}

Result<SeenRules> SeenRules::make(const ServeConfig& serve, const Dataset& dataset, std::span<const Goal> goals) {
  SeenRules rules;
  rules.settings_ = serve.exclude_seen;
  const std::vector<std::string> actions = dataset.actions.to_strings();
  const std::vector<bool> has_goals = has_goal_events(dataset);
  std::optional<Deed> goal;
  const auto add = [&](const std::string& action) {
    rules.is_goal_action_[action] = true;
    const Deed deed = std::min(deed_of(action), Deed::kDealtWith);
    goal = std::max(goal.value_or(deed), deed);
  };
  for (size_t a = 0; a < actions.size(); ++a) {
    if (has_goals[a]) {
      add(actions[a]);
    }
  }
  for (const Goal& one : goals) {
    if (one.op.empty()) {
      add(one.name);
    }
  }
  const bool every_event = goals.empty() && all_but_refusals_are_goals(dataset);
  rules.goal_ = every_event ? Deed::kShown : goal.value_or(Deed::kDealtWith);

  std::vector<std::string> known = actions;
  for (const auto& [action, is_goal] : rules.is_goal_action_) {
    known.push_back(action);
  }
  for (const auto& [action, days] : serve.exclude_seen.of_action) {
    if (std::ranges::find(known, action) != known.end()) {
      continue;
    }
    if (!actions.empty() && !action_word(action, kMostWords)) {
      const auto place = serve.places.find("exclude_seen." + action);
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("[serve] exclude_seen names '{}', an action that no event has", action),
                   place == serve.places.end() ? serve.place : place->second, did_you_mean(action, actions)});
    }
    rules.unused_names_.push_back(action);
  }
  for (const std::string& action : actions) {
    rules.age_of_row_.push_back(rules.age_us(action));
  }
  return rules;
}

int64_t SeenRules::age_us(const std::string& action) const {
  if (const auto set = settings_.of_action.find(action); set != settings_.of_action.end()) {
    return to_us(set->second);
  }
  return settings_.all ? to_us(*settings_.all) : default_age(action);
}

bool SeenRules::has_ages() const {
  const auto is_age = [](double days) { return days > 0 && days < ExcludeSeen::kForever; };
  return (settings_.all && is_age(*settings_.all)) ||
         std::ranges::any_of(settings_.of_action, [&](const auto& set) { return is_age(set.second); });
}

int64_t SeenRules::default_age(const std::string& action) const {
  return is_goal_action_.contains(action) || deed_of(action) >= goal_ ? kForever : 0;
}

bool keeps_out(int64_t age_us, int64_t event_us, int64_t now_us) {
  return age_us > 0 && (age_us == SeenRules::kForever || event_us == kNoTime || now_us == kNoTime ||
                        now_us < event_us || now_us - event_us < age_us);
}

std::vector<int32_t> seen_items(const UserState& user, const SeenRules* rules) {
  std::vector<int32_t> items;
  const auto add = [&](const std::vector<UserEvent>& events) {
    for (const UserEvent& event : events) {
      if (rules == nullptr || keeps_out(rules->age_us(event.action), event.time_us, user.now_us)) {
        items.push_back(row_of(event.item));
      }
    }
  };
  add(user.history);
  if (rules != nullptr) {
    add(user.other_events);
  }
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

}  // namespace haina
